"""Engine.IO sessions that say exactly what a test says, by either transport over either version of HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Literal, Protocol

from tests.conformance.wires import Frames, Wire
from tests.support.deadline import DEADLINE
from tests.support.http2 import Response

Transport = Literal["polling", "websocket"]
Packet = str | bytes  # text with its type, or the content of a binary message

ENGINE = "/engine.io/"
SOCKET = "/socket.io/"
SEPARATOR = "\x1e"


def address(path: str, transport: str, **fields: str) -> str:
    """Where to find a session; without a `sid` among the fields, a new one."""
    pairs = {"EIO": "4", "transport": transport, **fields}
    return path + "?" + "&".join(f"{name}={value}" for name, value in pairs.items())


class Session(Protocol):
    """A client that has its handshake."""

    handshake: dict[str, Any]

    @property
    def sid(self) -> str:
        """Its session id."""

    async def send(self, *packets: Packet) -> None:
        """Send packets, all in one POST or each in its frame."""

    async def receive(self, deadline: float = DEADLINE) -> Packet:
        """The next packet. Raises `EOFError` when the server has ended the session."""


class PollingSession:
    """A session by HTTP long-polling; `refused` is the answer to a POST that was not `ok`."""

    def __init__(self, wire: Wire, path: str, handshake: dict[str, Any]) -> None:
        self.handshake = handshake
        self.refused: Response | None = None
        self._wire = wire
        self._path = path
        self._received: list[Packet] = []

    @classmethod
    async def open(cls, wire: Wire, path: str = ENGINE) -> PollingSession:
        answer = await wire.request("GET", address(path, "polling"))
        assert answer.status == 200, answer
        assert answer.body[:1] == b"0"
        return cls(wire, path, json.loads(answer.body[1:]))

    @property
    def sid(self) -> str:
        return str(self.handshake["sid"])

    @property
    def address(self) -> str:
        return address(self._path, "polling", sid=self.sid)

    async def poll(self) -> Response:
        """The answer to a GET."""
        return await self._wire.request("GET", self.address)

    async def post(self, body: bytes) -> Response:
        """The answer to a POST."""
        return await self._wire.request("POST", self.address, body=body)

    async def send(self, *packets: Packet) -> None:
        answer = await self.post(SEPARATOR.join(map(_as_text, packets)).encode())
        if (answer.status, answer.body) != (200, b"ok"):
            self.refused = answer

    async def receive(self, deadline: float = DEADLINE) -> Packet:
        if not self._received:
            answer = await asyncio.wait_for(self.poll(), deadline)
            if answer.status != 200:
                raise EOFError(answer.body.decode())
            self._received = [_as_packet(text) for text in answer.body.decode().split(SEPARATOR)]
        return self._received.pop(0)

    async def probe(self) -> Frames:
        """A WebSocket that the server has answered the probe of."""
        frames = await self._wire.open_websocket(address(self._path, "websocket", sid=self.sid))
        await frames.send("2probe")
        assert await frames.receive() == "3probe"
        return frames


class WebSocketSession:
    """A session by WebSocket from its start."""

    def __init__(self, frames: Frames, handshake: dict[str, Any]) -> None:
        self.frames = frames
        self.handshake = handshake

    @classmethod
    async def open(cls, wire: Wire, path: str = ENGINE, **fields: str) -> WebSocketSession:
        frames = await wire.open_websocket(address(path, "websocket", **fields))
        first = await frames.receive()
        assert isinstance(first, str)
        assert first[:1] == "0"
        return cls(frames, json.loads(first[1:]))

    @property
    def sid(self) -> str:
        return str(self.handshake["sid"])

    async def send(self, *packets: Packet) -> None:
        for packet in packets:
            await self.frames.send(packet)

    async def receive(self, deadline: float = DEADLINE) -> Packet:
        return await self.frames.receive(deadline)


async def open_session(transport: Transport, wire: Wire, path: str = ENGINE) -> PollingSession | WebSocketSession:
    """A new session."""
    kind = PollingSession if transport == "polling" else WebSocketSession
    return await kind.open(wire, path)


async def join(session: Session, namespace: str = "/", auth: str = "") -> str:
    """Join a namespace and read the answer and the `auth` event; the session id of Socket.IO."""
    prefix = "" if namespace == "/" else f"{namespace},"
    await session.send(f"40{prefix}{auth}")
    answer = await session.receive()
    assert isinstance(answer, str)
    assert answer.startswith(f"40{prefix}{{"), answer
    assert await session.receive() == f'42{prefix}["auth",{auth or "{}"}]'
    return str(json.loads(answer.removeprefix(f"40{prefix}"))["sid"])


async def wait_for_end(session: Session) -> list[Packet]:
    """Wait until the server has ended the session; what it said before."""
    packets: list[Packet] = []
    while True:
        try:
            packets.append(await session.receive())
        except EOFError:
            return packets


def _as_text(packet: Packet) -> str:
    return packet if isinstance(packet, str) else "b" + base64.b64encode(packet).decode()


def _as_packet(text: str) -> Packet:
    return base64.b64decode(text[1:]) if text.startswith("b") else text
