"""The examples of `docs/testing.md` run in a project of somebody else's, and its tables name what there is."""

from __future__ import annotations

import re

import pytest

from hubbub.testing import chat_fixtures, fixtures, plugin
from hubbub.testing.engine_client import EngineClient
from hubbub.testing.event_stream import EventStream
from hubbub.testing.faults import Place
from hubbub.testing.lines import Line
from hubbub.testing.socketio_client import SocketIOClient
from hubbub.testing.websocket_client import WebSocketClient
from tests.support.machine import ROOT

pytest_plugins = "pytester"

PAGE = (ROOT / "docs" / "testing.md").read_text()
FILES = dict(re.findall(r"```python\n# (\w+)\.py\n(.*?)```", PAGE, re.DOTALL))
# What the parts of the kit call of each other.
INSIDE = frozenset(
    ["connect", "receive", "send", "foretell", "flowed", "finish", "close", "heal", "aclose", "end", "open", "taken"]
)
SETTINGS = """
    [pytest]
    asyncio_mode = auto
    asyncio_default_fixture_loop_scope = function
    filterwarnings = error
"""


def test_the_examples_pass(pytester: pytest.Pytester) -> None:
    pytester.makeini(SETTINGS)
    pytester.makepyfile(**FILES)
    assert set(FILES) == {"dice", "test_dice", "greeter", "test_greeter"}
    pytester.runpytest_subprocess("-p", "no:schemathesis").assert_outcomes(passed=3)


def test_a_test_of_ones_own_service_is_short() -> None:
    assert len([line for line in FILES["test_dice"].splitlines() if line]) <= 20
    assert len([line for line in FILES["test_greeter"].splitlines() if line]) <= 20


def test_every_fixture_is_in_the_table() -> None:
    table = PAGE.partition("## Fixtures")[2].partition("## A client")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    there = {
        name
        for module in (plugin, fixtures, chat_fixtures)
        for name, value in vars(module).items()
        if type(value).__name__ == "FixtureFunctionDefinition"
    }
    assert named == there


@pytest.mark.parametrize(
    "kind", [Place, Line, EventStream, WebSocketClient, SocketIOClient, EngineClient], ids=lambda kind: kind.__name__
)
def test_whatever_a_test_may_call_is_on_the_page(kind: type) -> None:
    inside = {
        "connect",
        "receive",
        "send",
        "foretell",
        "flowed",
        "finish",
        "close",
        "heal",
        "aclose",
        "end",
        "open",
        "taken",
    }
    public = {name for name in vars(kind) if not name.startswith("_")} - inside
    missing = [name for name in sorted(public) if not re.search(rf"\b{name}\b", PAGE)]
    assert missing == []
