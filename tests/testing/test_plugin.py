"""The plugin in somebody else's project: what it gives, and that it is not there for who does not ask."""

from __future__ import annotations

import pytest

pytest_plugins = "pytester"

STRICT = """
    [pytest]
    filterwarnings = error
    addopts = --strict-config --strict-markers
"""
ASYNCIO = (
    STRICT
    + """
    asyncio_default_fixture_loop_scope = function
    asyncio_mode = {mode}
"""
)
SERVICE = """
    from quart import Quart
    from hubbub.composite import CompositeApp
    from hubbub.composite.socket_server import SocketServer

    def create_app(clock=None):
        later = {"later": clock.later} if clock else {}
        sockets = SocketServer(**later)

        async def connect(connection, auth): ...
        async def event(connection, name, args):
            return {"heard": args}
        async def disconnect(connection, reason): ...

        sockets.handle(connect=connect, event=event, disconnect=disconnect)
        rest = Quart(__name__)

        @rest.get("/hello")
        async def hello():
            return "hello"

        return CompositeApp(sockets, rest)
"""
TESTS = """
    import pytest
    from service import create_app

    {mark}
    async def test_the_service(asgi_client, manual_clock):
        app = create_app(manual_clock)
        client, other = await asgi_client(app), await asgi_client(app)
        assert (await client.get("/hello")).text == "hello"
        socket = await other.socketio(transport="polling")
        assert await socket.call("anything", 1) == {{"heard": [1]}}
        client.faults.cut("to_server")
        with pytest.raises(Exception, match="without an answer"):
            await client.get("/hello")

    {mark}
    async def test_a_chat(hubbub_server):
        ada = await hubbub_server.person("ada")
        assert ada.user["role"] == "owner"
"""
LIST_MODULES = """
    import sys

    def test_nothing_of_the_kit_is_imported():
        heavy = {"httpx", "socketio", "quart", "hubbub.testing.clock", "hubbub.testing.client", "hubbub.application"}
        assert heavy & set(sys.modules) == set()
"""


@pytest.mark.parametrize(
    ("mode", "mark"), [("auto", ""), ("strict", "@pytest.mark.asyncio")], ids=["auto mode", "strict mode"]
)
def test_it_serves_another_project(pytester: pytest.Pytester, mode: str, mark: str) -> None:
    pytester.makeini(ASYNCIO.format(mode=mode))
    pytester.makepyfile(service=SERVICE, test_service=TESTS.format(mark=mark))
    pytester.runpytest_subprocess("-p", "no:schemathesis").assert_outcomes(passed=2)


def test_it_can_be_named_where_plugins_are_not_found_by_themselves(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(ASYNCIO.format(mode="auto"))
    pytester.makepyfile(service=SERVICE, test_service=TESTS.format(mark=""))
    for order in (("hubbub.testing.plugin", "pytest_asyncio.plugin"), ("asyncio", "hubbub")):
        options = [option for name in order for option in ("-p", name)]
        pytester.runpytest_subprocess(*options).assert_outcomes(passed=2)


def test_who_does_not_use_it_pays_nothing(pytester: pytest.Pytester) -> None:
    pytester.makeini(ASYNCIO.format(mode="strict"))
    pytester.makepyfile(LIST_MODULES)
    # Others' plugins import what they like.
    pytester.runpytest_subprocess("-p", "no:schemathesis").assert_outcomes(passed=1)


def test_without_pytest_asyncio_it_says_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makeini(STRICT)
    pytester.makepyfile(
        """
        def test_client(asgi_client): ...
        def test_server(hubbub_server): ...
        def test_clock(manual_clock):
            manual_clock.advance(1)
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:asyncio", "-p", "no:schemathesis", "-p", "no:anyio")
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["*pip install 'hubbub?test?'*"])


def test_its_fixtures_say_what_they_are(pytester: pytest.Pytester) -> None:
    listed = pytester.runpytest_subprocess("--fixtures", "-p", "no:schemathesis").stdout.str()
    for name in ("asgi_client", "manual_clock", "hubbub_server", "hubbub_settings"):
        assert name in listed
        assert f"{name}: no docstring" not in listed
