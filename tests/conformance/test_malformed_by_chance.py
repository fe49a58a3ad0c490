"""Packets that are nearly right, made up by hypothesis: what breaks the protocol ends its session, the rest is heard.

In memory, where hundreds cost a second, and with a clock that stands: nothing can end by a timeout. A failure prints
the example and the seed of the run, which `TEST_SEED` gives again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, note, seed, settings
from hypothesis import strategies as st

from hubbub.composite.socket_server import SocketLimits
from tests.conformance.sessions import Transport
from tests.support.chance import VARIABLE, seeded
from tests.support.deadline import DEADLINE, eventually
from tests.support.engine_clients import SEPARATOR, Polling, WebSocket
from tests.support.socket_application import SocketApplication

SEED = seeded().randrange(2**32)
EXAMPLES = settings(max_examples=100, deadline=None)
LIMITS = SocketLimits(payload_bytes=10_000, attachments=2)
RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
TRANSPORTS = pytest.mark.parametrize("transport", ["polling", "websocket"])

# No separator of packets, and no surrogates, which JSON does not have.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=SEPARATOR), max_size=20)
NUMBER = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)
ARRAY = st.lists(VALUE, max_size=3)
NAME = TEXT.map("e".__add__)
ACK_ID = st.integers(0, 10**15 - 1)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


EVENT = st.builds(lambda name, rest: _json([name, *rest]), NAME, ARRAY)
NOT_NAME = st.sampled_from(RESERVED) | VALUE.filter(lambda value: not isinstance(value, str))
NOT_ARRAY = VALUE.filter(lambda value: not isinstance(value, list))
NOT_OBJECT = VALUE.filter(lambda value: not isinstance(value, dict))

NOT_ENGINE = st.one_of(
    TEXT.filter(lambda text: text[:1] not in tuple("0123456b")),
    st.builds("".join, st.tuples(st.sampled_from("0256"), TEXT)),  # for servers only
    TEXT.filter(lambda text: not text.isalnum()).map("b!".__add__),
)
NOT_SOCKET = st.one_of(
    TEXT.filter(lambda text: text[:1] not in tuple("0123456")),
    st.builds(lambda value: f"2{_json(value)}", NOT_ARRAY),
    st.builds(lambda name, rest: f"2{_json([name, *rest])}", NOT_NAME, ARRAY),
    st.builds(lambda event, cut: f"2{event[:-cut]}", EVENT, st.integers(1, 20)),
    st.builds(lambda event, junk: f"2{event}{junk}", EVENT, st.sampled_from('x]},0"')),
    st.builds(lambda event: f"2/nowhere,{event}", EVENT),
    st.builds(lambda value: f"0/other,{_json(value)}", NOT_OBJECT),
    st.builds(lambda value: f"31{_json(value)}", NOT_ARRAY),
    st.builds(lambda value: f"3{_json(value)}", ARRAY),
    st.builds(lambda kind, value: f"{kind}{_json(value)}", st.sampled_from("1456"), ARRAY),
    st.builds(lambda count, event: f"5{count}-{event}", st.integers(3, 10**6), EVENT),
).map("4".__add__)


@TRANSPORTS
@EXAMPLES
@seed(SEED)
@given(packet=NOT_ENGINE | NOT_SOCKET)
def test_what_breaks_the_protocol_ends_the_session(transport: Transport, packet: str) -> None:
    note(f"{VARIABLE}={SEED}")
    with no_error_logged():
        asyncio.run(_ends(transport, packet))


@TRANSPORTS
@EXAMPLES
@seed(SEED)
@given(events=st.lists(st.tuples(ACK_ID, NAME, ARRAY), min_size=1, max_size=5))
def test_what_does_not_comes_back(transport: Transport, events: list[tuple[int, str, list[object]]]) -> None:
    note(f"{VARIABLE}={SEED}")
    with no_error_logged():
        asyncio.run(_comes_back(transport, events))


async def _ends(transport: Transport, packet: str) -> None:
    world = SocketApplication(LIMITS)
    if transport == "polling":
        refused = await (await Polling.join(world.app)).request("POST", packet.encode())
        assert (refused.status, refused.document["code"]) == (400, 3)
    else:
        socket = await WebSocket.join(world.app)
        socket.send(packet)
        await socket.wait_closed()
        assert socket.close_code == 1000
    await asyncio.wait_for(world.gone.wait(), DEADLINE)
    assert (world.left, world.heard) == (["parse error"], [])
    await eventually(lambda: not world.server._sessions.sessions, "the session to be forgotten")
    assert world.clock.waiting == 0


async def _comes_back(transport: Transport, events: list[tuple[int, str, list[object]]]) -> None:
    world = SocketApplication(LIMITS)
    packets = [f"42{number}{_json([name, *arguments])}" for number, name, arguments in events]
    answers: list[str] = []
    if transport == "polling":
        client = await Polling.join(world.app)
        assert await client.post(*packets) == 200
        while len(answers) < len(events):
            answers += await client.poll()
    else:
        socket = await WebSocket.join(world.app)
        for packet in packets:
            socket.send(packet)
        answers = [await socket.receive() for _ in events]
        await socket.end()
    for answer, (number, _, arguments) in zip(answers, events, strict=True):
        head, _, content = answer.partition("[")
        assert (head, json.loads("[" + content)) == (f"43{number}", [{"heard": arguments}])
    assert world.heard == [(name, arguments) for _, name, arguments in events]


@contextmanager
def no_error_logged() -> Iterator[None]:
    """Nothing at error level: what a client does wrong is no error of the server."""
    errors: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
    assert errors == []
