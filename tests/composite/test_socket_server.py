"""`SocketServer` as a whole: over memory where order counts, over Hypercorn where the wire does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import socketio

from hubbub.composite.socket_server import SocketLimits, SocketServer, encode_event
from hubbub.composite.sockets.heartbeat import loop_later
from tests.support.asgi_calls import call, http_scope
from tests.support.deadline import eventually
from tests.support.engine_clients import Polling, WebSocket, query
from tests.support.http2 import Http2Connection
from tests.support.hypercorn_here import hypercorn_here
from tests.support.library_clients import socketio_client
from tests.support.socket_application import SocketApplication

GOODBYE = encode_event("server_restarting", '{"retry_after_ms":1000}')
MANY = 500  # connections of one room
UPGRADE_HEADERS = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def test_it_is_the_librarys_server() -> None:
    server = SocketServer()
    assert isinstance(server, socketio.AsyncServer)
    assert server.connections == []


async def test_one_packet_reaches_many_in_order() -> None:
    world = SocketApplication()
    sockets = [await WebSocket.join(world.app) for _ in range(MANY)]
    for number in range(3):
        packet = encode_event("n", str(number))
        for connection in world.server.connections:
            connection.send_encoded(packet)
    for socket in sockets:
        assert [await socket.receive() for _ in range(3)] == [f'42["n",{number}]' for number in range(3)]
        await socket.end()


async def test_a_slow_client_costs_an_outbox_and_gets_one_resync() -> None:
    world = SocketApplication(SocketLimits(outbox_packets=100, outbox_bytes=10_000))
    slow = await WebSocket.join(world.app)
    slow.stop_reading()
    for number in range(10_000):
        world.connection.emit("n", f'"{number:01000}"')
        assert world.connection.outbox.bytes <= 10_000
    assert world.server.counters.overflows == len(world.overflowed) > 100
    world.connection.replace_outbox(encode_event("resync", "{}"))
    slow.read_on()
    assert await world.connection.drained()
    frames = [slow.messages.get_nowait()["text"] for _ in range(slow.messages.qsize())]
    assert frames[-1] == '42["resync",{}]'
    assert len(frames) <= 2
    await slow.end()


async def test_draining_says_goodbye_and_closes() -> None:
    world = SocketApplication()
    client, socket = await Polling.join(world.app), await WebSocket.join(world.app)
    between_polls = await Polling.join(world.app)
    poll = client.start("GET")
    await asyncio.sleep(0)
    draining = asyncio.create_task(world.server.drain(GOODBYE))
    await poll.task
    assert poll.body.decode() == GOODBYE
    assert await client.poll() == ["1"]
    assert await client.poll() == ["gone"]
    assert await socket.receive() == GOODBYE
    await socket.wait_closed()
    assert [*await between_polls.poll(), *await between_polls.poll()] == [GOODBYE, "1"]
    await draining
    assert world.left == ["server disconnect"] * 3
    assert world.server.eio.sockets == {}
    refused = await call(world.app, http_scope("/socket.io/", query_string=query("polling")))
    assert refused.status == 503


async def test_draining_has_an_end() -> None:
    world = SocketApplication()
    stuck = await WebSocket.join(world.app)
    stuck.stop_reading()
    world.gate.clear()
    stuck.send('42["wait"]')
    await eventually(lambda: stuck._incoming.empty(), "the event to be read")
    async with asyncio.timeout(1):
        await world.server.drain(GOODBYE, seconds=0.05)
    assert world.server.eio.sockets == {}
    await stuck.end()


async def test_draining_nobody_is_quick() -> None:
    async with asyncio.timeout(1):
        await SocketServer().shutdown()


async def test_websockets_work_over_http_2(tmp_path: Path) -> None:
    world = SocketApplication()
    async with hypercorn_here(world.app, tmp_path) as address, await Http2Connection.connect(address) as connection:
        opened = await connection.request("GET", "/socket.io/?EIO=4&transport=polling")
        assert opened.status == 200
        socket = await connection.open_websocket("/socket.io/?EIO=4&transport=websocket")
        assert str(await socket.receive()).startswith("0{")
        await socket.send("40")
        assert str(await socket.receive()).startswith('40{"sid":')
        await socket.send('427["hello","ü"]')
        assert await socket.receive() == '437[{"heard":["ü"]}]'
        # A handler that takes its time holds up nobody else on the connection.
        world.gate.clear()
        for number in range(20):
            await socket.send(f'42{number}["wait"]')
        assert (await connection.request("GET", "/socket.io/?EIO=4&transport=polling")).status == 200
        world.gate.set()
        await socket.close()
        await world.gone.wait()


async def test_a_poll_dropped_on_the_wire_loses_nothing(tmp_path: Path) -> None:
    world = SocketApplication()
    async with hypercorn_here(world.app, tmp_path) as address:
        client = await Polling.join(world.app)
        port = int(address.http_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        path = f"/socket.io/?EIO=4&transport=polling&sid={client.sid}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        session = world.server.eio.sockets[client.sid]
        await eventually(lambda: session.polling, "the poll to wait")
        writer.close()
        await writer.wait_closed()
        await eventually(lambda: not session.polling, "the server to notice")
        world.connection.emit("said", "1")
        assert await client.poll() == ['42["said",1]']
        del reader


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_client_that_never_reads_is_cut_off(tmp_path: Path, transport: str) -> None:
    limits = SocketLimits(
        ping_interval_seconds=0.1, ping_timeout_seconds=0.1, send_seconds=0.2, farewell_seconds=0.2, outbox_packets=64
    )
    world = SocketApplication(limits, later=loop_later)
    async with hypercorn_here(world.app, tmp_path) as address:
        port = int(address.http_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if transport == "polling":
            client = await Polling.join(world.app)
            _ask(writer, f"transport=polling&sid={client.sid}")
        else:
            _ask(writer, "transport=websocket", UPGRADE_HEADERS)
            await reader.readuntil(b"}")
            writer.write(_masked(b"40"))
            await reader.readuntil(b"}")
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream's transport can read, too
        large = encode_event("n", f'"{"x" * 1_000_000}"')
        while not world.left:
            world.connection.send_encoded(large)
            await asyncio.sleep(0.01)
        await eventually(lambda: not _served(), "Hypercorn to be done with the client")
        writer.close()


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_no_task_is_left(tmp_path: Path, transport: str) -> None:
    world = SocketApplication()
    before = asyncio.all_tasks()
    async with hypercorn_here(world.app, tmp_path) as address:
        url = f"{address.http_url}/socket.io/"
        async with socketio_client(url, transports=[transport]) as client:
            assert await client.call("a", 1) == {"heard": [1]}
        await world.gone.wait()
    await eventually(lambda: asyncio.all_tasks() == before, "all tasks to end")


def _ask(writer: asyncio.StreamWriter, query: str, headers: str = "") -> None:
    writer.write(f"GET /socket.io/?EIO=4&{query} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())


def _masked(text: bytes) -> bytes:
    """A short text frame of a client, under a mask of zeros (RFC 6455, 5.2)."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


def _served() -> list[asyncio.Task[object]]:
    """The tasks in which Hypercorn 0.18 runs the application; they outlive it while a client does not read."""
    return [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "_handle"]
