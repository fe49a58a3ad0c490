"""Namespaces, attachments and the time without any, for one session."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.socket_server import SocketLimits
from hubbub.composite.sockets.session import TOO_FAST
from tests.support.deadline import eventually
from tests.support.engine_clients import Polling, WebSocket
from tests.support.socket_application import QUICK, SocketApplication


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication()


async def test_an_unknown_namespace_is_refused(world: SocketApplication) -> None:
    socket = await WebSocket.open(world.app)
    socket.send("40/random")
    assert await socket.receive() == '44/random,{"message":"Invalid namespace"}'
    socket.send("40")
    assert (await socket.receive()).startswith("40{")
    await socket.end()


async def test_namespaces_share_a_session(world: SocketApplication) -> None:
    world.server.handle(connect=world.connect, event=world.event, disconnect=world.disconnect, namespace="/b")
    socket = await WebSocket.join(world.app)
    socket.send("40/b,")
    assert (await socket.receive()).startswith('40/b,{"sid":')
    socket.send('42/b,1["a"]')
    assert await socket.receive() == '43/b,1[{"heard":[]}]'
    socket.send("41/b")
    socket.send('421["a"]')
    assert await socket.receive() == '431[{"heard":[]}]'
    assert world.left == ["client disconnect"]
    await socket.end()
    await eventually(lambda: len(world.left) == 2, "both ends")


@pytest.mark.parametrize("frames", [['42["a"]'], ["41"], ["431[]"], ["40", "40"], ["40", '42/b,["a"]']])
async def test_packets_out_of_place_close(world: SocketApplication, frames: list[str]) -> None:
    socket = await WebSocket.open(world.app)
    for frame in frames:
        socket.send("4" + frame[1:])
    await socket.wait_closed()
    assert world.server.counters.malformed == 1


async def test_who_joins_nothing_in_time_is_closed(world: SocketApplication) -> None:
    socket = await WebSocket.open(world.app)
    world.clock.advance(24)
    socket.send("3")
    world.clock.advance(1)
    assert await socket.receive() == "2"
    socket.send("3")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    world.clock.advance(QUICK.join_seconds - 25)
    await socket.wait_closed()
    assert world.server.eio.sockets == {}


async def test_who_left_everything_has_to_join_something_again(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    await client.post("41")
    await world.gone.wait()
    world.clock.advance(QUICK.join_seconds)
    assert [*await client.poll(), *await client.poll()] == ["2", "1"]


async def test_who_is_refused_too_often_is_closed() -> None:
    world = SocketApplication(SocketLimits(refused_joins=3))
    socket = await WebSocket.open(world.app)
    for _ in range(3):
        socket.send('40{"token":"wrong"}')
        assert (await socket.receive()).startswith("44{")
    await socket.wait_closed()


async def test_joining_and_leaving_without_end_is_bounded(world: SocketApplication) -> None:
    world.gate.clear()
    client = await Polling.open(world.app)
    frames = ['40{"wait":1}', "41"] * 100
    assert await client.post(*frames) == 400
    assert world.server.counters.busy == 1
    world.gate.set()


@pytest.mark.parametrize("packet", ['42["a"]', "431[]"])
async def test_what_can_be_answered_by_nothing_but_the_end_is(world: SocketApplication, packet: str) -> None:
    socket = await WebSocket.join(world.app)
    world.gate.clear()
    socket.send('42["wait"]')
    for _ in range(QUICK.inbox_events + 2):
        socket.send(packet)
    await socket.wait_closed()
    assert socket.close_code == 1008
    world.gate.set()
    await world.gone.wait()
    assert world.left == [TOO_FAST]


async def test_binary_is_refused_unless_allowed(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    socket.send('451-["up",{"_placeholder":true,"num":0}]')
    await socket.wait_closed()


async def test_attachments_are_gathered_in_order() -> None:
    world = SocketApplication(SocketLimits(attachments=2))
    socket = await WebSocket.join(world.app)
    socket.send('452-7["up",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]')
    socket.send(b"\x01")
    socket.send(b"\x02")
    head = await socket.receive()
    assert head == '462-7[{"heard":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}]'
    assert [await socket.receive_bytes() for _ in range(2)] == [b"\x02", b"\x01"]
    assert world.heard == [("up", [b"\x02", b"\x01"])]
    await socket.end()


@pytest.mark.parametrize(
    "frames",
    [
        [b"\x01"],
        ['453-["up"]'],
        ['451-["up"]', '42["a"]'],
        ['452-["up"]', b"x" * 600, b"x" * 600],
        ['451-["up",{"_placeholder":true,"num":1}]', b"x"],
    ],
)
async def test_attachments_that_do_not_fit_close(frames: list[str | bytes]) -> None:
    world = SocketApplication(SocketLimits(attachments=2, payload_bytes=1_000))
    socket = await WebSocket.join(world.app)
    for frame in frames:
        socket.send(frame)
    await socket.wait_closed()
    assert world.server.counters.malformed == 1


async def test_an_overflow_is_told_to_each_connection(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    for number in range(QUICK.outbox_packets + 1):
        world.connection.emit("n", str(number))
    assert world.overflowed == [world.connection]
    assert await socket.receive() == '42["resync",{}]'
    assert world.server.counters.overflows == 1
    await socket.end()
