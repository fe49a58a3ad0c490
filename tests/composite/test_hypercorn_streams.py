"""What is reached behind a `send` of a real Hypercorn: websockets over HTTP/2, their bounds, answers broken off."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import weakref
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import socketio
from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from hubbub.composite.app import CompositeApp
from hubbub.composite.hypercorn_streams import (
    cut_stream,
    forget_handshake,
    harden_websocket,
    is_multiplexed,
    reset_stream,
    transport_behind,
)
from hubbub.composite.scopes import SERVER_SEND
from hubbub.composite.serving import WEBSOCKET_MESSAGE_BYTES
from hubbub.composite.types import Message, Receive, Scope, Send
from tests.composite.peers import read_response, request
from tests.composite.websocket_over_http2 import Http2Stream
from tests.support.deadline import DEADLINE, eventually
from tests.support.http2 import Http2Connection
from tests.support.hypercorn_here import hypercorn_here
from tests.support.ports import HOST
from tests.support.raw_peers import RawPeer, text_frame, upgrade_request
from tests.support.server import ServerProcess

MIB_IN_KIB = 1024
FRAME_BYTES = 60_000
FRAMES = 2_000  # 120 MB in all
REQUESTS = 200  # enough time to send hundreds of megabytes


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(
        tmp_path_factory.mktemp("sized"),
        command="hypercorn",
        application="tests.composite.apps.sized:app",
        arguments=("-c", "hypercorn.toml"),
    )
    try:
        process.start()
        yield process
        process.end(clean=False)
    finally:
        process.release()


@pytest.fixture
def stream(server: ServerProcess) -> Iterator[Http2Stream]:
    with Http2Stream(int(server.https_url.rpartition(":")[2]), server.ca_file) as stream:
        yield stream


def test_a_websocket_of_quart_works_over_http_2(stream: Http2Stream) -> None:
    assert stream.open_websocket("/size") == 200
    stream.send_text("four")
    assert stream.receive_text() == "4"


def test_socketio_works_over_http_2(stream: Http2Stream) -> None:
    assert stream.open_websocket("/socket.io/?EIO=4&transport=websocket") == 200
    assert stream.receive_text().startswith("0{")
    stream.send_text("40")
    assert stream.receive_text().startswith("40{")
    stream.send_text('421["echo","hello"]')
    assert stream.receive_text() == '431["hello"]'


def test_an_answer_that_breaks_off_is_reset_and_not_left_open(stream: Http2Stream, server: ServerProcess) -> None:
    stream.get("/broken-off")
    assert (stream.body, stream.reset) == (b"the beginning", True)


def test_compression_is_not_agreed_to(server: ServerProcess) -> None:
    with connect(_websocket_url(server), compression="deflate") as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        client.send("four")
        assert client.recv() == "4"


def test_a_compressed_frame_is_an_error_and_is_not_inflated(server: ServerProcess) -> None:
    before = _peak_kib(server)
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = deflater.compress(bytes(400_000_000)) + deflater.flush(zlib.Z_SYNC_FLUSH)
    with _raw_websocket(server) as client:
        _send_until_closed(client, [_frame(0b1100_0001, bomb)])
    assert _peak_kib(server) - before < 20 * MIB_IN_KIB


def test_the_biggest_message_passes_and_a_bigger_one_ends_the_websocket(server: ServerProcess) -> None:
    with connect(_websocket_url(server), max_size=None) as client:
        client.send("x" * WEBSOCKET_MESSAGE_BYTES)
        assert client.recv() == str(WEBSOCKET_MESSAGE_BYTES)
        client.send("x" * (WEBSOCKET_MESSAGE_BYTES + 1))
        with pytest.raises(ConnectionClosedError) as closed:
            client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize("whole", [True, False], ids=["one frame", "fragments"])
def test_a_message_without_end_is_not_collected(server: ServerProcess, text: bool, whole: bool) -> None:
    before = _peak_kib(server)
    kind = 0x01 if text else 0x02
    if whole:
        first = _frame(0x80 | kind, b"", announced=FRAMES * FRAME_BYTES)
        more = bytes(FRAME_BYTES)
    else:
        first, more = _frame(kind, bytes(FRAME_BYTES)), _frame(0x00, bytes(FRAME_BYTES))
    with _raw_websocket(server) as client:
        sent = _send_until_closed(client, [first, *[more] * FRAMES])
    assert sent < FRAMES
    assert _peak_kib(server) - before < 20 * MIB_IN_KIB


async def test_what_a_stream_does_not_take_is_not_kept_for_it(server: ServerProcess) -> None:
    before = await asyncio.to_thread(_peak_kib, server)
    async with await Http2Connection.connect(server) as connection:
        flooded = await connection.open_websocket("/flood")
        await connection.hold(flooded.stream_id)
        for _ in range(REQUESTS):
            assert (await connection.request("GET", "/memory")).status == 200
        assert await asyncio.to_thread(_peak_kib, server) - before < 20 * MIB_IN_KIB


async def test_a_send_that_is_not_hypercorns_is_left_alone() -> None:
    async def send(message: Message) -> None:
        raise AssertionError(message)

    harden_websocket(send)
    await reset_stream(send)
    await cut_stream(send, 1.0)
    assert not is_multiplexed(send)
    assert transport_behind(send) is None


def _websocket_url(server: ServerProcess) -> str:
    return f"{server.http_url.replace('http', 'ws')}/size"


def _peak_kib(server: ServerProcess) -> int:
    with urlopen(f"{server.http_url}/memory") as response:
        return int(json.load(response)["peak_kib"])


def _raw_websocket(server: ServerProcess) -> socket.socket:
    client = socket.create_connection((HOST, int(server.http_url.rpartition(":")[2])), 20.0)
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: " + "A" * 22 + "==")
    request(client, "/size", *upgrade, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Extensions: permessage-deflate")
    assert b" 101 " in read_response(client)
    return client


def _frame(first_byte: int, payload: bytes, *, announced: int | None = None) -> bytes:
    """A masked frame with a 64-bit length (RFC 6455, 5.2); its mask is zero."""
    length = len(payload) if announced is None else announced
    return bytes([first_byte, 0xFF]) + length.to_bytes(8, "big") + bytes(4) + payload


def _send_until_closed(client: socket.socket, frames: list[bytes]) -> int:
    """Send the frames one by one; how many went out before the server ended the connection."""
    for sent, frame in enumerate(frames):
        try:
            client.sendall(frame)
        except (ConnectionResetError, BrokenPipeError):
            return sent
    with suppress(OSError):  # it may be gone by now
        client.shutdown(socket.SHUT_WR)
        while client.recv(FRAME_BYTES):
            continue
    return len(frames)


@pytest.mark.parametrize("late", [False, True], ids=["with the request", "before the acceptance"])
async def test_who_speaks_before_its_websocket_is_accepted_is_gone_for_both_sides(tmp_path: Path, late: bool) -> None:
    begun, may_accept = asyncio.Event(), asyncio.Event()
    heard: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            begun.set()
            await may_accept.wait()
            await send({"type": "websocket.accept"})
            heard.append(await receive())

    async with hypercorn_here(CompositeApp(socketio.AsyncServer(async_mode="asgi"), app), tmp_path) as address:
        peer = await RawPeer.connect(address)
        speech = text_frame("too early")
        peer.send(upgrade_request("/ws") + (b"" if late else speech))
        await asyncio.wait_for(begun.wait(), DEADLINE)
        if late:
            peer.send(speech)
        await eventually(peer.over.is_set, "the server to close")
        assert peer.last.startswith(b"HTTP/1.1 400 ")
        may_accept.set()
        await eventually(lambda: bool(heard), "the handler to hear of it")
    assert heard == [{"type": "websocket.disconnect", "code": 1006}]


async def test_an_accepted_websocket_keeps_nothing_of_its_handshake_and_works(tmp_path: Path) -> None:
    handshakes: list[weakref.ref[object]] = []
    heard: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            server_send: Any = scope[SERVER_SEND]
            handshakes.append(weakref.ref(server_send.__self__.send.__self__.connection.h11_connection))
            await send({"type": "websocket.accept"})
            forget_handshake(server_send)
            heard.append(await receive())
            await send({"type": "websocket.send", "text": "heard"})
            heard.append(await receive())

    async with hypercorn_here(CompositeApp(socketio.AsyncServer(async_mode="asgi"), app), tmp_path) as address:
        async with websockets_connect(f"{address.http_url.replace('http', 'ws')}/ws", proxy=None) as client:
            await client.send("hello")
            assert await client.recv() == "heard"
            gc.collect()
            assert [handshake() for handshake in handshakes] == [None]
        await eventually(lambda: len(heard) == 2, "the end to be heard of")
    assert [message["type"] for message in heard] == ["websocket.receive", "websocket.disconnect"]
