"""Clients of the native WebSocket that keep what they hear: over HTTP/1.1 by `websockets`, over HTTP/2 by h2."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Any, Protocol

from h2.exceptions import ProtocolError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.deadline import DEADLINE
from tests.support.http2 import Http2Connection, Http2WebSocket, StreamReset
from tests.support.server import Server
from tests.support.sockets import Event, Refused

PATH = "/api/v1/ws"


class Wire(Protocol):
    """What carries text both ways."""

    async def send(self, text: str | bytes) -> None:
        """Send a message."""

    async def receive(self) -> str:
        """The next message; EOFError when it is closed."""

    async def close(self) -> None:
        """Close it, politely."""

    @property
    def close_code(self) -> int | None:
        """With what the server closed it."""


class Http1Wire:
    """A connection of its own."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, text: str | bytes) -> None:
        with suppress(ConnectionClosed):
            await self.connection.send(text)

    async def receive(self) -> str:
        try:
            message = await self.connection.recv()
        except ConnectionClosed as closed:
            raise EOFError from closed
        assert isinstance(message, str)
        return message

    async def close(self) -> None:
        await self.connection.close()

    @property
    def close_code(self) -> int | None:
        return self.connection.close_code


class Http2Wire:
    """A stream on a connection that is its own, or somebody's."""

    def __init__(self, socket: Http2WebSocket, *, owns_connection: bool) -> None:
        self.socket = socket
        self._owns_connection = owns_connection
        self._is_over = False

    async def send(self, text: str | bytes) -> None:
        with suppress(ProtocolError):
            await self.socket.send(text)

    async def receive(self) -> str:
        try:
            # As long as it takes: whoever waits for something in particular has a deadline of their own.
            message = await self.socket.receive(deadline=10 * DEADLINE)
        except StreamReset as reset:
            raise EOFError from reset
        finally:
            if self.socket.close_code is not None and not self._is_over:
                self._is_over = True
                with suppress(ProtocolError):
                    await self.socket.answer_close()
        assert isinstance(message, str)
        return message

    async def close(self) -> None:
        if not self._is_over:
            self._is_over = True
            with suppress(TimeoutError, ProtocolError):  # the server was quicker
                await self.socket.close()
        if self._owns_connection:
            await self.socket.connection.close()

    @property
    def close_code(self) -> int | None:
        return self.socket.close_code


class NativeClient:
    """One native WebSocket."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.events: list[Event] = []
        self.answers: list[dict[str, Any]] = []
        self.over = asyncio.Event()
        self._ids = count(1)
        self._arrived = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls,
        server: Server,
        *,
        http2: bool = False,
        headers: dict[str, str] | None = None,
        query: str = "",
        on: Http2Connection | None = None,
    ) -> NativeClient:
        """Open a WebSocket and say nothing; `on` is an HTTP/2 connection to open it on.

        Raises:
            InvalidStatus, WebSocketRefused: when it is not accepted.
        """
        path = PATH + (f"?{query}" if query else "")
        if http2 or on:
            connection = on or await Http2Connection.connect(server)
            try:
                socket = await connection.open_websocket(path, tuple((headers or {}).items()))
            except BaseException:
                if on is None:
                    await connection.close()
                raise
            return cls(Http2Wire(socket, owns_connection=on is None))
        url = server.http_url.replace("http", "ws", 1) + path
        return cls(Http1Wire(await connect(url, additional_headers=headers, proxy=None, max_size=None)))

    @classmethod
    async def connect(
        cls, server: Server, token: str, *, cursor: str | None = None, http2: bool = False, ready: bool = True
    ) -> NativeClient:
        """Open one, authenticate by a frame and, unless told otherwise, wait for `ready`.

        Raises:
            Refused: with what the server said.
        """
        client = await cls.open(server, http2=http2)
        try:
            await client.call("authenticate", {"token": token} | ({} if cursor is None else {"cursor": cursor}))
            if ready:
                await client.wait_for("ready")
        except BaseException:
            await client.close()
            raise
        return client

    @property
    def close_code(self) -> int | None:
        """With what the server closed it."""
        return self.wire.close_code

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The changes of the log it has heard, in the order in which they came."""
        return [event.data for event in self.events if event.cursor is not None]

    @property
    def cursor(self) -> str:
        """Where to resume: at the last change it has heard, or else where `ready` said the log stands."""
        for event in reversed(self.events):
            if event.cursor is not None:
                return event.cursor
            if event.name == "ready":
                return str(event.data["cursor"])
        raise ValueError("neither a change nor `ready` has come")

    def named(self, name: str) -> list[Any]:
        """The data of all events of that name, in order."""
        return [event.data for event in self.events if event.name == name]

    async def send(self, frame: object) -> None:
        """Send something as JSON."""
        await self.wire.send(json.dumps(frame))

    async def ask(self, command: str, data: object = None) -> dict[str, Any]:
        """Send a command and give back its answer as it came.

        Raises:
            EOFError: when the connection ends first.
        """
        id = next(self._ids)
        await self.send({"id": id, "type": command, "data": data})
        return await self.answer_to(id)

    async def call(self, command: str, data: object = None) -> Any:
        """Send a command and give back the `data` of its answer.

        Raises:
            Refused: for an answer that is not `ok`.
        """
        answer = await self.ask(command, data)
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer["data"]

    async def answer_to(self, id: int | None) -> dict[str, Any]:
        """The first answer to this id, whether it is here already or still comes."""
        found: list[dict[str, Any]] = []

        def has_come() -> bool:
            found.extend(answer for answer in self.answers if answer["reply_to"] == id)
            return bool(found) or self.over.is_set()

        await self.wait_until(has_come, f"the answer to {id}")
        if not found:
            raise EOFError(f"the connection ended with {self.close_code} before the answer to {id}")
        return found[0]

    async def wait_for(self, name: str, where: Callable[[Any], bool] = lambda _: True) -> Any:
        """The data of the first event of that name for which `where` holds.

        Raises:
            EOFError: when the connection ends first.
        """
        found: list[Any] = []

        def has_come() -> bool:
            found.extend(event.data for event in self.events if event.name == name and where(event.data))
            return bool(found) or self.over.is_set()

        await self.wait_until(has_come, f"{name} to come")
        if not found:
            raise EOFError(f"the connection ended with {self.close_code} before {name}")
        return found[0]

    async def wait_until(self, holds: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
        """Wait until something holds that changes only with what this client hears.

        Raises:
            TimeoutError: when it does not, naming what came.
        """
        try:
            async with asyncio.timeout(deadline), self._arrived:
                await self._arrived.wait_for(holds)
        except TimeoutError:
            heard = [event.name for event in self.events][-20:]
            raise TimeoutError(f"not within {deadline:g} s: {what}; heard {heard}, {self.answers[-3:]}") from None

    async def wait_for_end(self) -> int | None:
        """Wait until it is over; the code of the server's close."""
        async with asyncio.timeout(DEADLINE):
            await self.over.wait()
        return self.close_code

    async def close(self) -> None:
        """Leave, if there is anybody to leave."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self.wire.close()

    async def __aenter__(self) -> NativeClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self) -> None:
        try:
            while True:
                frame = json.loads(await self.wire.receive())
                if "reply_to" in frame:
                    self.answers.append(frame)
                else:
                    self.events.append(Event(frame["type"], frame["data"]))
                await self._tell()
        except EOFError:
            self.over.set()
            await self._tell()

    async def _tell(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()
