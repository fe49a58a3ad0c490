"""An Engine.IO client, protocol 4, that does what a test says. Knows no Socket.IO.

https://github.com/socketio/engine.io-protocol
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import httpx

from hubbub.testing.deadlines import DEADLINE, within
from hubbub.testing.heard import Heard
from hubbub.testing.websocket_client import WebSocketClient, WebSocketClosed

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
PROBE = "probe"
BINARY = "b"  # before the base64 of a binary message, in the body of a poll
SEPARATOR = "\x1e"

Transport = Literal["polling", "websocket"]
Packet = str | bytes


class Caller(Protocol):
    """The part of `AsgiClient` that is used here."""

    async def get(
        self, url: httpx.URL, *, params: Mapping[str, str], headers: Mapping[str, str], timeout: float | None = ...
    ) -> httpx.Response: ...

    async def post(
        self, url: httpx.URL, *, params: Mapping[str, str], headers: Mapping[str, str], content: bytes
    ) -> httpx.Response: ...

    async def websocket(
        self, url: httpx.URL, *, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> WebSocketClient: ...


class EngineRefused(Exception):
    """The server did not open a session; `response` is its answer, None where it was no answer at all."""

    def __init__(self, text: str, response: httpx.Response | None = None) -> None:
        super().__init__(text)
        self.response = response


class EngineClosed(Exception):
    """The session is over; the text says why."""


class EngineClient:
    """One session. It reads all the time, and answers PINGs as long as `answers_pings` is set.

    `lost_polls` says how often a poll that is lost is tried again; the official client never does, and ends.
    """

    def __init__(self, client: Caller, url: httpx.URL, headers: Mapping[str, str]) -> None:
        self.handshake: dict[str, Any] = {}
        self.transport: Transport = "polling"
        self.answers_pings = True
        self.lost_polls = 0
        self.over = asyncio.Event()
        self.reason = ""  # why it is over
        self.heard: Heard[Packet] = Heard()
        self.on_message: Callable[[Packet], None] = self.heard.add
        self.on_end: Callable[[], None] = self.heard.look_again
        self._client = client
        self._url = url
        self._headers = headers
        self._query: dict[str, str] = {}
        self._websocket: WebSocketClient | None = None
        self._pausing = False
        self._sending = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._pings = asyncio.Semaphore(0)  # those that came and that no test has waited for
        self._pongs: set[asyncio.Task[None]] = set()

    @property
    def sid(self) -> str:
        """The id of the session."""
        return str(self.handshake["sid"])

    async def open(self, transport: Transport, query: Mapping[str, str]) -> None:
        """Shake hands, and read from now on; `query` goes with every request.

        Raises:
            EngineRefused: the server answered otherwise.
            websocket_client.WebSocketRefused: the same by WebSocket.
        """
        self._query = {"EIO": "4", **query}
        self.transport = transport
        if transport == "polling":
            await self._open_polling()
        else:
            self._websocket = await self._websocket_to()
            self._opened(str(await self._websocket.receive()))
            self._reading = asyncio.create_task(self._read_websocket(self._websocket))

    async def send(self, *packets: Packet) -> None:
        """Send messages; by polling, all of them in one request.

        Raises:
            EngineClosed: the session is over.
        """
        await self.send_packets(*(p if isinstance(p, bytes) else MESSAGE + p for p in packets))

    async def send_packets(self, *packets: Packet) -> None:
        """Send packets as they are, whatever the protocol says to them; binary is always a message.

        Raises:
            EngineClosed: the session is over.
        """
        async with self._sending:
            if self.over.is_set():
                raise EngineClosed(self.reason)
            if self._websocket is not None:
                await self._send_frames(self._websocket, packets)
            else:
                await self._post(packets)

    async def message(self, *, timeout: float = DEADLINE) -> Packet:
        """The next message, where no Socket.IO takes them.

        Raises:
            EngineClosed: the session ended without it.
            TimeoutError: none came within so many seconds.
        """
        return await within(timeout, self._next_message(), lambda: f"a message of session {self.sid}")

    async def pinged(self, *, timeout: float = DEADLINE) -> None:
        """Wait until a PING has come, and its PONG has arrived if there is to be one; each PING counts once.

        A test that lets time pass waits here: a PONG that is still on its way would come too late.

        Raises:
            TimeoutError: none came within so many seconds.
        """
        await within(timeout, self._pings.acquire(), lambda: f"a PING to session {self.sid}")

    async def upgrade(self) -> None:
        """Go over from polling to WebSocket.

        Raises:
            EngineClosed: the session ended meanwhile.
            websocket_client.WebSocketClosed: the server ended the WebSocket instead.
        """
        websocket = await self._websocket_to()
        await websocket.send(PING + PROBE)
        answer = await websocket.receive()
        if answer != PONG + PROBE:
            raise EngineClosed(f"the probe was answered with {answer!r}")
        async with self._sending:
            self._pausing = True
            await self._read_to_end()  # the poll under way is answered with a NOOP
            if self.over.is_set():
                raise EngineClosed(self.reason)
            await websocket.send(UPGRADE)
            self._websocket, self.transport = websocket, "websocket"
            self._reading = asyncio.create_task(self._read_websocket(websocket))

    async def close(self) -> None:
        """Say goodbye, if there is anybody to say it to.

        Raises:
            exchange.StillRunning: the application goes on with a poll whose client has left.
        """
        if not self.over.is_set():
            with contextlib.suppress(EngineClosed):
                await self.send_packets(CLOSE)
            self._end("closed by the test")
        tasks = [*self._pongs, *([self._reading] if self._reading else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._websocket is not None:
            await self._websocket.close()
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def wait_over(self, *, timeout: float = DEADLINE) -> str:
        """Wait until the session is over; why.

        Raises:
            TimeoutError: it was not within so many seconds.
        """
        await within(timeout, self.over.wait(), lambda: f"the end of session {self.sid}")
        return self.reason

    # Polling.

    async def _open_polling(self) -> None:
        try:
            response = await self._get(timeout=DEADLINE)
        except httpx.TransportError as error:
            raise EngineRefused(str(error)) from error
        if response.status_code != httpx.codes.OK:
            raise EngineRefused(f"the handshake was answered {response.status_code} {response.text}", response)
        first, *others = response.text.split(SEPARATOR)
        self._opened(first)
        for packet in others:
            self._receive(_decode(packet))
        self._reading = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        while not self.over.is_set() and not self._pausing:
            try:
                response = await self._get(timeout=None)
            except httpx.TransportError as error:
                if self.lost_polls == 0:
                    self._end(f"a poll was lost: {error}")
                    return
                self.lost_polls -= 1
                continue
            if response.status_code != httpx.codes.OK:
                self._end(f"a poll was answered {response.status_code} {response.text}")
                return
            for packet in response.text.split(SEPARATOR):
                self._receive(_decode(packet))

    async def _post(self, packets: tuple[Packet, ...]) -> None:
        body = SEPARATOR.join(map(_encode, packets)).encode()
        try:
            response = await self._client.post(
                self._url, params=self._params("polling"), headers=self._headers, content=body
            )
        except httpx.TransportError as error:
            self._end(f"a POST was lost: {error}")
            raise EngineClosed(self.reason) from error
        if response.status_code != httpx.codes.OK:
            self._end(f"a POST was answered {response.status_code} {response.text}")
            raise EngineClosed(self.reason)

    async def _get(self, timeout: float | None) -> httpx.Response:
        return await self._client.get(
            self._url, params=self._params("polling"), headers=self._headers, timeout=timeout
        )

    # WebSocket.

    async def _websocket_to(self) -> WebSocketClient:
        return await self._client.websocket(self._url, params=self._params("websocket"), headers=self._headers)

    async def _send_frames(self, websocket: WebSocketClient, packets: tuple[Packet, ...]) -> None:
        try:
            for packet in packets:
                await websocket.send(packet)
        except WebSocketClosed as closed:
            self._end(str(closed))
            raise EngineClosed(self.reason) from closed

    async def _read_websocket(self, websocket: WebSocketClient) -> None:
        try:
            while True:
                self._receive(await websocket.receive(timeout=None))
        except WebSocketClosed as closed:
            self._end(str(closed))

    # Both.

    def _params(self, transport: Transport) -> dict[str, str]:
        sid = {"sid": self.sid} if self.handshake else {}
        return {**self._query, "transport": transport, **sid}

    def _opened(self, packet: str) -> None:
        if not packet.startswith(OPEN):
            raise EngineRefused(f"the handshake began with {packet!r}")
        self.handshake = json.loads(packet[1:])

    def _receive(self, packet: Packet) -> None:
        if isinstance(packet, bytes):
            self.on_message(packet)
        elif packet.startswith(MESSAGE):
            self.on_message(packet[1:])
        elif packet.startswith(PING):
            pong = asyncio.create_task(self._pong(PONG + packet[1:]))
            self._pongs.add(pong)
            pong.add_done_callback(self._pongs.discard)
        elif packet == CLOSE:
            self._end("closed by the server")

    async def _pong(self, packet: str) -> None:
        if self.answers_pings:
            with contextlib.suppress(EngineClosed):  # whoever looks at the session sees that it is over
                await self.send_packets(packet)
                if self._websocket is not None:
                    await self._websocket.taken()
        self._pings.release()

    async def _next_message(self) -> Packet:
        while (message := self.heard.take(lambda _: True)) is None:
            if self.over.is_set():
                raise EngineClosed(self.reason)
            await self.heard.more()
        return message

    async def _read_to_end(self) -> None:
        if self._reading is not None:
            await asyncio.wait({self._reading})

    def _end(self, reason: str) -> None:
        if not self.over.is_set():
            self.reason = reason
            self.over.set()
            self.on_end()


def _encode(packet: Packet) -> str:
    return packet if isinstance(packet, str) else BINARY + base64.b64encode(packet).decode()


def _decode(packet: str) -> Packet:
    return base64.b64decode(packet[1:]) if packet.startswith(BINARY) else packet
