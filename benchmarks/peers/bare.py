"""The limit: a uvloop protocol that answers with ready-made bytes and keeps nothing.

It stores no message, checks no token and parses no more than it must, so it is no chat; it says how fast this machine
and the load generator can go. `python -m benchmarks.peers.bare PORT`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import struct
import sys
from typing import cast

import orjson
import uvloop

MESSAGES_KEPT = 50  # what a page holds
_WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_KEY = re.compile(rb"sec-websocket-key: *(\S+)", re.I)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.I)
_OPEN = b'0{"sid":"bare","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
_READY = b'42["ready",{"cursor":"0"}]'
_SHORT, _LONG = 126, 1 << 16  # RFC 6455, 5.2: from where a length takes two bytes more, and eight


class Room:
    """The one room: who listens, and how many messages there were."""

    def __init__(self) -> None:
        self.listening: set[asyncio.Transport] = set()
        self.count = 0
        self.page = b""
        self._first: list[bytes] = []

    def begin(self) -> None:
        """A workload makes a room of its own: what was said before is no longer on the page."""
        self._first.clear()

    def message(self, body: str, client_id: str | None) -> bytes:
        """The next message, as the contract shows it."""
        self.count += 1
        head = {"id": f"{self.count:026}", "room_id": "0" * 26, "author_id": "0" * 26, "body": body}
        times = {"created_at": "2026-01-01T00:00:00.000Z", "edited_at": None, "deleted_at": None}
        rest: dict[str, object] = {"client_id": client_id, "reply_to": None, "attachments": [], "reactions": []}
        message = orjson.dumps({**head, **rest, **times})
        if len(self._first) < MESSAGES_KEPT:
            self._first.append(message)
            self.page = response(b'{"messages":[%s],"before":null,"after":null}' % b",".join(self._first))
        return message

    def tell(self, message: bytes) -> None:
        """One frame, written to everybody."""
        head = b'42["message_posted",{"cursor":"%d","type":"message_posted","data":' % self.count
        ready_made = frame(head + message + b"}]")
        for transport in self.listening:
            transport.write(ready_made)


class Connection(asyncio.Protocol):
    """HTTP until it asks to be a WebSocket."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._buffer = b""
        self._is_websocket = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._room.listening.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._take_frame() if self._is_websocket else self._take_request():
            pass

    def _take_request(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return False
        head = self._buffer[:end]
        length = _LENGTH.search(head)
        body_end = end + (int(length[1]) if length else 0)
        if len(self._buffer) < body_end:
            return False
        body, self._buffer = self._buffer[end:body_end], self._buffer[body_end:]
        self._answer(head, body)
        return True

    def _answer(self, head: bytes, body: bytes) -> None:
        key = _KEY.search(head)
        if key:
            self._is_websocket = True
            self._transport.write(switching(key[1]) + frame(_OPEN))
        elif head.startswith(b"POST") and b"/messages" in head:
            given = orjson.loads(body)
            message = self._room.message(given["body"], given.get("client_id"))
            self._transport.write(response(message, b"201 Created"))
            self._room.tell(message)
        elif b"/messages" in head:
            self._transport.write(self._room.page)
        else:
            self._room.begin()
            self._transport.write(
                response(b'{"id":"0","token":"none","user":{"id":"0"},"cursor":"0"}', b"201 Created")
            )

    def _take_frame(self) -> bool:
        """Frames of a client: masked, and of fewer than 64 KiB."""
        buffer = self._buffer
        if len(buffer) < 8:
            return False
        size, start = buffer[1] & 127, 6
        if size == _SHORT:
            size, start = int.from_bytes(buffer[2:4], "big"), 8
        if len(buffer) < start + size:
            return False
        mask = int.from_bytes((buffer[start - 4 : start] * (size // 4 + 1))[:size], "big")
        payload = (int.from_bytes(buffer[start : start + size], "big") ^ mask).to_bytes(size, "big")
        self._buffer = buffer[start + size :]
        if payload.startswith(b"40"):
            self._room.listening.add(self._transport)
            self._transport.write(frame(b'40{"sid":"bare"}') + frame(_READY))
        elif payload.startswith(b"42"):
            self._post(payload)
        return True

    def _post(self, packet: bytes) -> None:
        start = packet.index(b"[")
        _, given = orjson.loads(packet[start:])
        message = self._room.message(given["body"], given.get("client_id"))
        self._transport.write(frame(b'43%s[{"ok":true,"data":%s}]' % (packet[2:start], message)))
        self._room.tell(message)


def frame(payload: bytes) -> bytes:
    """A text frame of a server (RFC 6455, 5.2)."""
    size = len(payload)
    if size < _SHORT:
        return struct.pack("!BB", 0x81, size) + payload
    if size < _LONG:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def switching(key: bytes) -> bytes:
    """The answer that makes a connection a WebSocket (RFC 6455, 4.2.2)."""
    accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET_GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
        + accept
        + b"\r\n\r\n"
    )


def response(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        status,
        len(body),
        body,
    )


async def serve(port: int) -> None:
    room = Room()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(room), "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
