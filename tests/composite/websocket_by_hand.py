"""A websocket by hand on each wire: what it sends is cut as a test wants it, and every byte that comes is kept."""

from __future__ import annotations

import asyncio
import ssl

from h2.events import DataReceived
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Event, TextMessage

from tests.support.deadline import DEADLINE, eventually
from tests.support.http2 import Http2Connection
from tests.support.ports import HOST
from tests.support.server import Address

PATH = "/socket.io/?EIO=4&transport=websocket"
HANDSHAKE = (
    f"GET {PATH} HTTP/1.1\r\nhost: {HOST}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
WIRES = ["http", "https", "h2"]


class Wire:
    """A websocket by hand, with every byte that came on it."""

    def __init__(self) -> None:
        self.bytes = b""
        self._frames = Connection(ConnectionType.CLIENT)
        self._reading: asyncio.Task[None]
        self._writer: asyncio.StreamWriter
        self._stream_id = 0
        self._connection: Http2Connection | None = None

    @classmethod
    async def open(cls, kind: str, address: Address) -> Wire:
        wire = cls()
        if kind == "h2":
            wire._connection = connection = await Http2Connection.connect(address)
            wire._stream_id = (await connection.open_websocket(PATH)).stream_id
            wire._reading = asyncio.create_task(wire._read_stream(connection))
        else:
            context = ssl.create_default_context(cafile=str(address.ca_file)) if kind == "https" else None
            url = address.https_url if context else address.http_url
            reader, wire._writer = await asyncio.open_connection(HOST, int(url.rpartition(":")[2]), ssl=context)
            wire._writer.write(HANDSHAKE.encode())
            await reader.readuntil(b"\r\n\r\n")
            wire._reading = asyncio.create_task(wire._read(reader))
        return wire

    async def send(self, event: Event) -> None:
        await self.write(self.frame(event))

    def frame(self, event: Event) -> bytes:
        """An event as the client's bytes."""
        return self._frames.send(event)

    async def write(self, data: bytes) -> None:
        if self._connection is not None:
            await self._connection.send_body(self._stream_id, data, end=False)
        else:
            self._writer.write(data)

    async def say(self, packet: str, answer: str) -> None:
        """Send a packet, and wait until so much of an answer is there."""
        await self.send(TextMessage(packet))
        await self.wait_for(answer)

    async def wait_for(self, text: str) -> None:
        await eventually(lambda: text.encode() in self.bytes, f"{text} to come")

    async def close(self) -> None:
        self._reading.cancel()
        if self._connection is not None:
            await self._connection.close()
        else:
            self._writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(1 << 16):
            self.bytes += data

    async def _read_stream(self, connection: Http2Connection) -> None:
        while isinstance(event := await connection.next_event(self._stream_id, DEADLINE), DataReceived):
            self.bytes += event.data
