"""WebSockets of HTTP/1.1 by picows, and how one or many connections are opened, whatever a side speaks."""

from __future__ import annotations

import asyncio
import itertools
from typing import Protocol

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.load.chat import Member, Room
from benchmarks.load.heard import Audience
from benchmarks.load.http2_socket import Http2Client
from benchmarks.load.packets import Packets
from benchmarks.running import Running
from benchmarks.sides import HOST

CONNECT_SECONDS = 60.0
AT_ONCE = 64  # handshakes under way, fewer than any backlog


class Client(Protocol):
    """A connection that is open."""

    @property
    def packets(self) -> Packets: ...

    def close(self) -> None: ...


class Http1Client(WSListener):
    """The packets on a WebSocket of HTTP/1.1."""

    def __init__(self, packets: Packets) -> None:
        super().__init__()
        self.packets = packets
        self._leaving = False

    @classmethod
    async def connect(cls, server: Running, packets: Packets) -> Http1Client:
        context = server.tls()
        url = f"{'wss' if context else 'ws'}://{HOST}:{server.port}/socket.io/?EIO=4&transport=websocket"
        _, client = await ws_connect(
            lambda: cls(packets), url, ssl_context=context, websocket_handshake_timeout=CONNECT_SECONDS
        )
        assert isinstance(client, cls)
        return client

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.packets.write = self._write

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.packets.take(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self._leaving:
            self.packets.lost("the server closed it")

    def close(self) -> None:
        self._leaving = True
        self._transport.disconnect()

    def _write(self, packet: bytes) -> None:
        self._transport.send(WSMsgType.TEXT, packet)


async def connect(server: Running, member: Member, audience: Audience | None = None, cursor: str = "") -> Client:
    """Somebody's connection, ready; with a cursor, after what was missed."""
    auth = {"token": member.token, **({"cursor": cursor} if cursor else {})}
    packets = Packets(audience, auth)
    carrier = Http2Client if server.side.wire == "h2" else Http1Client
    client = await carrier.connect(server, packets)
    async with asyncio.timeout(CONNECT_SECONDS):
        await packets.ready
    return client


async def connect_all(
    room: Room, audience: Audience, count: int, cursor: str = "", *, at_once: int = AT_ONCE
) -> list[Client]:
    """So many connections, shared out over the members of the room, `at_once` of them being opened at any time."""
    turns = asyncio.Semaphore(at_once)

    async def one(member: Member) -> Client:
        async with turns:
            return await connect(room.server, member, audience, cursor)

    members = itertools.islice(itertools.cycle(room.members), count)
    return list(await asyncio.gather(*(one(member) for member in members)))
