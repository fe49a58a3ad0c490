"""Clients that enter by every transport and from then on take nothing; some of them say that they live.

Over HTTP/1.1 the kernel's buffers fill up, over HTTP/2 the window of the one stream.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from h2.exceptions import ProtocolError

from tests.support.deadline import DEADLINE
from tests.support.http2 import Http2Connection, Http2WebSocket, StreamReset
from tests.support.native import PATH as NATIVE_PATH
from tests.support.process import held_connections
from tests.support.raw_peers import RawPeer, request, text_frame, upgrade_request
from tests.support.rest import API
from tests.support.server import Server

SOCKETIO = "/socket.io/?EIO=4&transport="
READY = b'"resumed":'  # in the `ready` of every transport
PONGS_SECONDS = 0.2  # between pongs that nobody asked for
_NATIVE_PONG = b"\x8a\x80" + bytes(4)

Enter = Callable[[Server, str], Coroutine[Any, Any, "Stalled"]]


@dataclass(eq=False)
class Stalled:
    """Who it is for the server: a connection of its own, or a stream of one that goes on."""

    raw: RawPeer | None = None
    http2: Http2Connection | None = None
    polls: bool = False
    _pongs: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def port(self) -> int | None:
        """Of the connection that the server must close.

        None where others may go on by it: of HTTP/2 only a stream is to end, of polling only the session.
        """
        return self.raw.port if self.raw is not None and not self.polls else None

    def send_pongs(self, pong: Callable[[], Coroutine[Any, Any, None]]) -> Stalled:
        """Send them from now on, asked for or not."""

        async def run() -> None:
            while True:
                await pong()
                await asyncio.sleep(PONGS_SECONDS)

        self._pongs = asyncio.create_task(run())
        return self

    async def drop(self) -> None:
        """Give it up."""
        if self._pongs is not None:
            self._pongs.cancel()
            await asyncio.wait({self._pongs})
        if self.raw is not None:
            self.raw.drop()
        if self.http2 is not None:
            await self.http2.close()


async def websocket(server: Server, token: str, *, pongs: bool = False) -> Stalled:
    """Socket.IO over WebSocket."""
    peer = await RawPeer.connect(server)
    peer.send(upgrade_request(f"{SOCKETIO}websocket"))
    await peer.wait_for(b" 101 ")
    peer.send(text_frame(_connect(token)))
    return await _stall(peer, text_frame("3") if pongs else None)


async def native(server: Server, token: str, *, pongs: bool = False) -> Stalled:
    """The native WebSocket."""
    peer = await RawPeer.connect(server)
    peer.send(upgrade_request(NATIVE_PATH, token))
    return await _stall(peer, _NATIVE_PONG if pongs else None)


async def event_stream(server: Server, token: str) -> Stalled:
    """Server-Sent Events."""
    peer = await RawPeer.connect(server)
    peer.send(request("GET", f"{API}/events", token=token))
    return await _stall(peer, None)


async def polling(server: Server, token: str, *, pongs: bool = False) -> Stalled:
    """Socket.IO by polling: it joins and never polls, except for the two polls that joining takes."""
    peer = await RawPeer.connect(server)
    peer.send(request("GET", f"{SOCKETIO}polling"))
    await peer.wait_for(b"}")
    path = f"{SOCKETIO}polling&sid={json.loads(peer.last[peer.last.index(b'{') :])['sid']}"
    for each in (request("POST", path, _connect(token).encode()), request("GET", path)):
        peer.send(each)
        await peer.wait_for(b"ok" if each.startswith(b"POST") else b'40{"sid"')
    stalled = Stalled(raw=peer, polls=True)
    return stalled.send_pongs(_sender(peer, request("POST", path, b"3"))) if pongs else stalled


async def websocket_http2(server: Server, token: str, *, pongs: bool = False) -> Stalled:
    """Socket.IO over WebSocket on a stream (RFC 8441)."""
    connection = await Http2Connection.connect(server)
    socket = await connection.open_websocket(f"{SOCKETIO}websocket")
    await socket.send(_connect(token))
    return await _hold(connection, socket, pong="3" if pongs else None)


async def native_http2(server: Server, token: str) -> Stalled:
    """The native WebSocket on a stream."""
    connection = await Http2Connection.connect(server)
    socket = await connection.open_websocket(NATIVE_PATH, [("authorization", f"Bearer {token}")])
    return await _hold(connection, socket, pong=None)


async def event_stream_http2(server: Server, token: str) -> Stalled:
    """Server-Sent Events on a stream."""
    connection = await Http2Connection.connect(server)
    stream_id = await connection.open_stream("GET", f"{API}/events", [("authorization", f"Bearer {token}")])
    await connection.hold(stream_id)
    return Stalled(http2=connection)


SILENT: Sequence[Enter] = (
    websocket,
    websocket_http2,
    polling,
    native,
    native_http2,
    event_stream,
    event_stream_http2,
)


async def _ponging_websocket(server: Server, token: str) -> Stalled:
    return await websocket(server, token, pongs=True)


async def _ponging_native(server: Server, token: str) -> Stalled:
    return await native(server, token, pongs=True)


async def _ponging_polling(server: Server, token: str) -> Stalled:
    return await polling(server, token, pongs=True)


async def _ponging_websocket_http2(server: Server, token: str) -> Stalled:
    return await websocket_http2(server, token, pongs=True)


PONGING: Sequence[Enter] = (_ponging_websocket, _ponging_native, _ponging_polling, _ponging_websocket_http2)


async def enter(kinds: Sequence[Enter], count: int, server: Server, token: str) -> list[Stalled]:
    """So many, of each kind in turn."""
    return [await kinds[number % len(kinds)](server, token) for number in range(count)]


def still_held(server: Server, stalled: Sequence[Stalled]) -> int:
    """How many of them hold a connection of their own that the server has not closed."""
    ports = {each.port for each in stalled if each.port is not None}
    return len(held_connections(urlsplit(server.http_url).port or 0, ports))


async def _stall(peer: RawPeer, pong: bytes | None) -> Stalled:
    await peer.wait_for(READY)
    peer.stop_reading()
    stalled = Stalled(raw=peer)
    return stalled if pong is None else stalled.send_pongs(_sender(peer, pong))


async def _hold(connection: Http2Connection, socket: Http2WebSocket, *, pong: str | None) -> Stalled:
    async with asyncio.timeout(DEADLINE):
        while READY.decode() not in str(await socket.receive()):
            continue
    await connection.hold(socket.stream_id)
    stalled = Stalled(http2=connection)
    if pong is None:
        return stalled

    async def send() -> None:
        try:
            await socket.send(pong)
        except (StreamReset, ProtocolError):  # the stream is gone, as it should be
            await asyncio.Event().wait()

    return stalled.send_pongs(send)


def _sender(peer: RawPeer, data: bytes) -> Callable[[], Coroutine[Any, Any, None]]:
    async def send() -> None:
        peer.send(data)

    return send


def _connect(token: str) -> str:
    return f"40{json.dumps({'token': token})}"
