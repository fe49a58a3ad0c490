"""PING, PONG and the time between. https://github.com/socketio/engine.io-protocol, Heartbeat.

Each test has a session of every kind at once, since it is the waiting that takes the time.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import pytest

from tests.conformance.sessions import ENGINE, SOCKET, PollingSession, Session, Transport, open_session, wait_for_end
from tests.conformance.wires import Wire, open_wire
from tests.support.server import ServerProcess

pytestmark = pytest.mark.alone  # times of 200 ms

INTERVAL = 0.3  # seconds, as the handshake says
TIMEOUT = 0.2
EARLY = 0.02  # the handshake is on its way to us while the server counts
LATE = 0.15  # a busy machine
Wires = Mapping[str, Wire]  # {version of HTTP: client}
TRANSPORTS: tuple[Transport, ...] = ("polling", "websocket")


@pytest.fixture
async def wires(suite_server: ServerProcess) -> AsyncIterator[Wires]:
    """A client of each version of HTTP."""
    async with open_wire("HTTP/1.1", suite_server) as older, open_wire("HTTP/2", suite_server) as newer:
        yield {"HTTP/1.1": older, "HTTP/2": newer}


async def everywhere(
    wires: Wires, talk: Callable[[Session, float], Awaitable[None]], paths: Sequence[str] = (ENGINE, SOCKET)
) -> None:
    """Have a conversation over each version and transport at each path; it is told when its session began."""

    async def one(version: str, transport: Transport, path: str) -> None:
        wire = wires[version]
        began = time.monotonic()
        session = await open_session(transport, wire, path)
        try:
            await talk(session, began)
        except BaseException as error:
            error.add_note(f"by {transport} over {version} at {path}")
            raise

    await asyncio.gather(*itertools.starmap(one, itertools.product(wires, TRANSPORTS, paths)))


async def test_the_server_sends_a_ping_each_interval(wires: Wires) -> None:
    async def talk(session: Session, began: float) -> None:
        for number in range(1, 4):
            assert await session.receive() == "2"
            assert number * INTERVAL - EARLY < time.monotonic() - began < number * INTERVAL + LATE
            await session.send("3")

    await everywhere(wires, talk)


async def test_the_interval_is_the_same_however_long_a_pong_takes(wires: Wires) -> None:
    async def talk(session: Session, began: float) -> None:
        for number in range(1, 4):
            assert await session.receive() == "2"
            assert time.monotonic() - began < number * INTERVAL + LATE
            await asyncio.sleep(TIMEOUT / 2)
            await session.send("3")

    await everywhere(wires, talk)


async def test_without_a_pong_the_session_is_over(wires: Wires) -> None:
    async def talk(session: Session, began: float) -> None:
        assert await wait_for_end(session) in (["2"], ["2", "1"])
        assert INTERVAL + TIMEOUT - EARLY < time.monotonic() - began < INTERVAL + TIMEOUT + LATE

    await everywhere(wires, talk)


async def test_pongs_that_nobody_asked_for_keep_nobody_alive(wires: Wires) -> None:
    async def talk(session: Session, began: float) -> None:
        await session.send("3", "3", "3")
        await wait_for_end(session)
        assert time.monotonic() - began < INTERVAL + TIMEOUT + LATE

    await everywhere(wires, talk)


async def test_other_packets_are_no_pong(wires: Wires) -> None:
    async def talk(session: Session, began: float) -> None:
        assert await session.receive() == "2"
        await session.send("40/random")
        assert await session.receive() in {"40/random", '44/random,{"message":"Invalid namespace"}'}
        assert await wait_for_end(session) in ([], ["1"])
        assert time.monotonic() - began < INTERVAL + TIMEOUT + LATE

    await everywhere(wires, talk)


async def test_a_poll_after_the_timeout_finds_no_session(wires: Wires) -> None:
    sessions = [await PollingSession.open(wire) for wire in wires.values()]
    await asyncio.sleep(INTERVAL + TIMEOUT)
    assert [(await session.poll()).status for session in sessions] == [400, 400]


async def test_a_session_that_joins_nothing_is_closed_although_it_pongs(wires: Wires) -> None:
    async def talk(session: Session, began: float) -> None:
        with suppress(EOFError):
            while await session.receive() in {"2", "1"}:
                await session.send("3")
        assert 1.0 - EARLY < time.monotonic() - began < 1.0 + LATE

    await everywhere(wires, talk, [SOCKET])
