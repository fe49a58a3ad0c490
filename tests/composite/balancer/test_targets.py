"""What can be balanced over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hubbub.composite.balancer import Balancer, Local, Tcp, Unix
from hubbub.composite.types import Receive, Scope, Send
from hubbub.testing.lifespan import running
from tests.composite.balancer.calls import Asking, ask
from tests.composite.balancer.scripted import OK, Peer
from tests.support.asgi_calls import Recorder
from tests.support.tiny_asgi import begin, hello


class Counted:
    """Has a lifespan and a state."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            assert scope["state"]["counted"] is self
            await hello(scope, receive, send)
            return
        scope["state"]["counted"] = self
        for _ in range(2):
            kind = (await receive())["type"]
            self.heard.append(kind)
            await send({"type": f"{kind}.complete"})


async def test_an_application_has_a_lifespan_and_a_state_of_its_own() -> None:
    apps = [Counted(), Counted()]
    balancer = Balancer([Local(app, str(number)) for number, app in enumerate(apps)])
    async with running(balancer):
        for _ in apps:
            assert (await ask(balancer)).body == b"hello"
    assert [app.heard for app in apps] == [["lifespan.startup", "lifespan.shutdown"]] * 2


async def test_an_application_gets_the_scope_as_it_came() -> None:
    app = Recorder()
    await ask(Balancer([Local(app, "a")]), headers={"x-forwarded-for": "1.2.3.4", "connection": "close"})
    assert dict(app.scope["headers"]) == {b"x-forwarded-for": b"1.2.3.4", b"connection": b"close"}


@pytest.mark.parametrize("started", [False, True])
async def test_an_application_that_raises_has_failed(started: bool) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        if started:
            await begin(send)
        raise KeyError("x")

    balancer = Balancer([Local(broken, "a")])
    got = await ask(balancer, "POST")
    assert got.status == (200 if started else 502)
    assert balancer.targets[0].failed == 1


async def test_an_application_that_answers_nothing_has_failed() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    assert (await ask(Balancer([Local(silent, "a")]), "POST")).status == 502


async def test_a_websocket_to_an_application() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": (await receive())["text"]})
        await send({"type": "websocket.close", "code": 4000})

    asking = Asking.websocket(Balancer([Local(echo, "a")]), {"text": "x"})
    await asking.end()
    assert [message["type"] for message in asking.messages] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]


async def test_a_server_at_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "upstream.sock")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Peer(reader, writer).request()
        writer.write(OK)
        await Peer(reader, writer).gone()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    balancer = Balancer([Unix(path)])
    async with running(balancer):
        assert (await ask(balancer)).body == b"ok"
    server.close()
    assert balancer.targets[0].name == path


@pytest.mark.parametrize(
    "make",
    [
        lambda: Local(hello, ""),
        lambda: Local(hello, "with space"),
        lambda: Local(hello, "a;b"),
        lambda: Local(hello, "a", weight=0),
        lambda: Tcp("127.0.0.1:1", weight=-1),
        lambda: Tcp("nowhere"),
        lambda: Unix("/run/x.sock", name="é"),
    ],
)
def test_a_target_that_cannot_be_is_a_mistake(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"name|weight|host:port"):
        make()
