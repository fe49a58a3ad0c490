"""Clients that mean no good, or no sense: whatever comes, the server answers, forgets them, and logs no error."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.composite.socket_server import SocketLimits
from tests.support.deadline import eventually
from tests.support.engine_clients import SEPARATOR, Polling, WebSocket
from tests.support.socket_application import SocketApplication

SEED = 20_250_301
MALFORMED = 2_000  # clients; polling and websocket, before and after CONNECT, are a quarter each
LIMITS = SocketLimits(payload_bytes=10_000, attachments=2)

PIECES = ["4", "2", "0", "1", "3", "5", "6", "b", "40", "41", "42", "43", "44", "45", "46", "/", ",", "-", "[", "]",
          "{", "}", '"', "null", "NaN", '"connect"', '["a"]', "1e999", "\\ud800", "\ufeff", "\x00", "9" * 21,
          '{"_placeholder":true,"num":0}', "451-", "probe", "é", "٣", "[" * 200]  # fmt: skip


def nonsense(chance: random.Random) -> str:
    """Something that looks a little like a packet."""
    return "".join(chance.choice(PIECES) for _ in range(chance.randrange(8)))


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing at error level is logged: what a client does wrong is no error of the server."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def forgotten(world: SocketApplication) -> None:
    """Wait until nothing is left of any client."""
    sessions = world.server._sessions
    await eventually(lambda: not sessions.sessions and not len(sessions.tasks), "every session to be forgotten")
    assert world.server.eio.sockets == {}
    assert world.server.manager.rooms == {}
    assert world.clock.waiting == 0
    assert len(world.left) == len(world.joined)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_nonsense_leaves_nothing_behind(transport: str, joined: bool) -> None:
    world = SocketApplication(LIMITS)
    chance = random.Random(SEED)
    before = asyncio.all_tasks()
    for _ in range(MALFORMED // 4):
        packets = [nonsense(chance) for _ in range(chance.randrange(1, 4))]
        if transport == "polling":
            await _post(world, packets, joined=joined)
        else:
            await _send(world, packets, joined=joined)
    await forgotten(world)
    await eventually(lambda: asyncio.all_tasks() == before, "every task to end")
    assert world.server.counters.malformed > MALFORMED // 8
    socket = await WebSocket.join(world.app)
    socket.send('421["still here"]')
    assert await socket.receive() == '431[{"heard":[]}]'
    await socket.end()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text() | st.binary(max_size=20) | st.sampled_from(PIECES), max_size=5), st.booleans())
def test_no_frames_at_all_break_it(frames: list[str | bytes], joined: bool) -> None:
    async def run() -> None:
        world = SocketApplication(LIMITS)
        await _send(world, frames, joined=joined)
        await forgotten(world)

    asyncio.run(run())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text().map(str.encode), st.booleans())
def test_no_body_at_all_breaks_it(body: bytes, joined: bool) -> None:
    async def run() -> None:
        world = SocketApplication(LIMITS)
        client = await (Polling.join if joined else Polling.open)(world.app)
        assert (await client.request("POST", body)).status in {200, 400}
        await client.post("1")
        await forgotten(world)

    asyncio.run(run())


@pytest.mark.usefixtures("quiet")
async def test_a_flood_of_events_is_answered_and_keeps_nothing() -> None:
    world = SocketApplication(SocketLimits(payload_bytes=1_000_000))
    client = await Polling.join(world.app)
    world.gate.clear()
    assert await client.post('42["wait"]', *(f'42{number}["n"]' for number in range(50_000))) == 200
    session = world.server.eio.sockets[client.sid]
    assert session.waiting_packets <= LIMITS.outbox_packets
    assert world.server.counters.busy > 49_000
    world.gate.set()
    await client.post("1")
    await forgotten(world)


@pytest.mark.usefixtures("quiet")
async def test_a_flood_of_pongs_is_nothing() -> None:
    world = SocketApplication(SocketLimits(payload_bytes=1_000_000))
    client = await Polling.join(world.app)
    assert await client.post(*["3"] * 100_000) == 200
    world.clock.advance(world.server.limits.ping_interval_seconds + world.server.limits.ping_timeout_seconds)
    await world.gone.wait()
    assert world.left == ["ping timeout"]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "event", ['["connect",{}]', '["disconnect","forged"]', '["connect_error",{}]', '["a",NaN]', '["a","\\ud800"]',
              '["a",1e999]', '["a",' + "[" * 5_000 + "]" * 5_000 + "]"]
)  # fmt: skip
async def test_what_must_not_reach_the_application_does_not(event: str) -> None:
    world = SocketApplication(SocketLimits())
    socket = await WebSocket.join(world.app)
    socket.send("42" + event)
    await socket.wait_closed()
    assert (world.heard, len(world.joined)) == ([], 1)


async def _post(world: SocketApplication, packets: list[str], *, joined: bool) -> None:
    client = await (Polling.join if joined else Polling.open)(world.app)
    body = SEPARATOR.join(packets).encode()
    assert (await client.request("POST", body)).status in {200, 400}
    await client.post("1")


async def _send(world: SocketApplication, frames: list[str] | list[str | bytes], *, joined: bool) -> None:
    socket = await (WebSocket.join if joined else WebSocket.open)(world.app)
    for frame in frames:
        socket.send(frame)
    await socket.end()
