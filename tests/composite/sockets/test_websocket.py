"""WebSockets of sessions, through `EngineServer`, which is what opens the session."""

from __future__ import annotations

import asyncio
import json

import pytest

from hubbub.composite.socket_server import SocketLimits
from tests.support.deadline import DEADLINE
from tests.support.engine_clients import Polling, WebSocket
from tests.support.socket_application import QUICK, SocketApplication


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication()


async def test_packets_go_both_ways_one_in_a_frame(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    socket.send('42["say",1]')
    assert await socket.receive() == '42["said",1]'
    world.connection.emit("said", "2")
    world.connection.emit("said", "3")
    assert [await socket.receive() for _ in range(2)] == ['42["said",2]', '42["said",3]']
    assert world.connection.transport == "websocket"
    await socket.end()


async def test_a_client_that_leaves_is_gone_at_once(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    await socket.end()
    await world.gone.wait()
    assert world.left == ["transport close"]
    assert world.server.counters.sessions == {"polling": 0, "websocket": 0}


async def test_goodbye_closes(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    socket.send("1")
    await socket.wait_closed()
    await world.gone.wait()
    assert world.left == ["client disconnect"]


@pytest.mark.parametrize(
    "frame",
    ["", "abc", "6", "2", "5", "0", "42{}", "4abc", '42["connect"]', "452-[]", b"\x00", '42["a",NaN]', "4" * 1001],
)
async def test_a_malformed_frame_closes_promptly(frame: str | bytes) -> None:
    world = SocketApplication(SocketLimits(payload_bytes=1_000))
    socket = await WebSocket.join(world.app)
    socket.send(frame)
    async with asyncio.timeout(0.25):
        await socket.wait_closed()
        await world.gone.wait()
    assert world.left == ["parse error"]
    assert world.server.counters.malformed == 1


@pytest.mark.parametrize(("frame", "code"), [("abc", 1000), ("4" * 1001, 1009), (b"4" * 1001, 1009)])
async def test_the_close_says_when_a_frame_is_too_large(frame: str | bytes, code: int) -> None:
    socket = await WebSocket.join(SocketApplication(SocketLimits(payload_bytes=1_000)).app)
    socket.send(frame)
    await socket.wait_closed()
    assert socket.close_code == code


async def test_a_client_that_does_not_read_is_closed_although_it_pongs(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    socket.stop_reading()
    for _ in range(45):
        socket.send("3")
        world.connection.emit("said", "1")
        await asyncio.sleep(0)
        world.clock.advance(1)
    await world.gone.wait()
    assert world.left == ["ping timeout"]
    await socket.end()


async def test_closing_is_not_waited_for_when_nobody_reads() -> None:
    world = SocketApplication(SocketLimits(close_seconds=0.01, farewell_seconds=0.01))
    socket = await WebSocket.join(world.app)
    socket.stop_reading()
    world.connection.emit("said", "1")
    world.connection.close("why")
    await world.gone.wait()
    world.clock.advance(0.01)
    await asyncio.wait_for(socket.task, 5)


async def test_the_upgrade_of_the_protocol(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    waiting = client.start("GET")
    socket = WebSocket(world.app, sid=client.sid)
    socket.send("2probe")
    assert await socket.receive() == "3probe"
    await waiting.task
    assert waiting.body == b"6"
    world.connection.emit("said", "1")
    assert await client.poll() == ["6"]
    socket.send("5")
    assert await socket.receive() == '42["said",1]'
    assert (await client.request("GET")).status == 400
    assert await client.post('42["a"]') == 400
    assert world.connection.transport == "websocket"
    assert world.server.counters.upgraded == 1
    assert client.handshake["upgrades"] == ["websocket"]
    await socket.end()


@pytest.mark.parametrize("frames", [["4hello"], ["2"], ["2probe", "4hello"], ["2probe", "2probe"], [b"x"], ["abc"]])
async def test_an_upgrade_that_goes_wrong_leaves_polling_as_it_was(
    world: SocketApplication, frames: list[str | bytes]
) -> None:
    client = await Polling.join(world.app)
    socket = WebSocket(world.app, sid=client.sid)
    for frame in frames:
        socket.send(frame)
    await socket.wait_closed()
    world.connection.emit("said", "1")
    assert await client.poll() == ['42["said",1]']


async def test_an_upgrade_is_not_waited_for_for_ever() -> None:
    world = SocketApplication(SocketLimits(upgrade_seconds=0.01))
    client = await Polling.join(world.app)
    await WebSocket(world.app, sid=client.sid).wait_closed()
    assert await client.post('42["a"]') == 200


async def test_a_second_websocket_is_closed_and_the_first_goes_on(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    first = WebSocket(world.app, sid=client.sid)
    first.send("2probe")
    assert await first.receive() == "3probe"
    await WebSocket(world.app, sid=client.sid).wait_closed()
    first.send("5")
    first.send('42["say",1]')
    assert await first.receive() == '42["said",1]'
    await WebSocket(world.app, sid=client.sid).wait_closed()
    await first.end()


async def test_a_session_that_ends_meanwhile_ends_its_upgrade(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    socket = WebSocket(world.app, sid=client.sid)
    socket.send("2probe")
    assert await socket.receive() == "3probe"
    assert await client.post("1") == 200
    await socket.wait_closed()


async def test_a_session_that_closes_during_an_upgrade_sends_the_rest_there(world: SocketApplication) -> None:
    client = await Polling.join(world.app)
    socket = WebSocket(world.app, sid=client.sid)
    socket.send("2probe")
    assert await socket.receive() == "3probe"
    world.connection.emit("said", "1")
    world.connection.close("restart")
    assert await client.poll() == ["6"]
    socket.send("5")
    assert await socket.receive() == '42["said",1]'
    await socket.wait_closed()
    assert world.clock.waiting == 0


async def test_a_handshake_by_websocket_offers_no_upgrade(world: SocketApplication) -> None:
    socket = WebSocket(world.app)
    handshake = json.loads((await socket.receive())[1:])
    assert handshake == {
        "sid": handshake["sid"],
        "upgrades": [],
        "pingInterval": QUICK.ping_interval_seconds * 1_000,
        "pingTimeout": QUICK.ping_timeout_seconds * 1_000,
        "maxPayload": QUICK.payload_bytes,
    }
    await socket.end()


async def test_binary_frames_go_out_as_they_are(world: SocketApplication) -> None:
    socket = await WebSocket.join(world.app)
    await world.server.emit("up", b"\x01", to=world.connection.id)
    assert await socket.receive() == '451-["up",{"_placeholder":true,"num":0}]'
    assert await socket.receive_bytes() == b"\x01"
    await socket.end()


async def test_binary_may_be_text_for_clients_that_have_no_other() -> None:
    world = SocketApplication(SocketLimits(attachments=1))
    socket = WebSocket(world.app, b64="1")
    await socket.receive()
    socket.send("40")
    await socket.receive()
    socket.send('451-7["up",{"_placeholder":true,"num":0}]')
    socket.send("bAQIDBA==")
    assert await socket.receive() == '461-7[{"heard":[{"_placeholder":true,"num":0}]}]'
    assert await socket.receive() == "bAQIDBA=="
    await socket.end()


async def test_a_fault_of_the_servers_own_is_not_hidden(
    world: SocketApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await WebSocket.join(world.app)

    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.server.eio.listener, "session_received", fail)
    socket.send('42["a"]')
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(socket.task, DEADLINE)
