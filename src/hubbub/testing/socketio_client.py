"""A Socket.IO client, protocol 5, for a test to ask for what came. Packets are python-socketio's own."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from socketio import packet as library

from hubbub.testing.deadlines import DEADLINE, within
from hubbub.testing.engine_client import EngineClient, EngineClosed, Packet
from hubbub.testing.heard import Heard


class _Packet(library.Packet):  # type: ignore[misc]  # socketio ships no types
    json = json  # the library's servers set their own for the whole process, which may be strict


class SocketIORefused(Exception):
    """`connect_error`: the text is its message, `data` what the server added."""

    def __init__(self, message: str, data: Any) -> None:
        super().__init__(message)
        self.data = data


class SocketIOClosed(Exception):
    """The connection is over, and what was waited for will not come; the text says why."""


@dataclass(frozen=True)
class SocketEvent:
    """One event; `acknowledge` answers it where the server waits for that."""

    name: str
    args: list[Any]
    ack_id: int | None = None

    @property
    def data(self) -> Any:
        """The one argument.

        Raises:
            ValueError: there are none, or several.
        """
        (data,) = self.args
        return data


class SocketIOClient:
    """One connection in one namespace; those of a session share its transport."""

    def __init__(self, session: SocketIOSession, namespace: str) -> None:
        self.session = session
        self.namespace = namespace
        self.sid = ""  # once it is connected
        self.reason: str | None = None  # why it is over
        self._heard: Heard[SocketEvent] = Heard()
        self._answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._acks: dict[int, asyncio.Future[list[Any]]] = {}  # {id: the arguments to come}
        self._ids = itertools.count()

    @property
    def heard(self) -> list[SocketEvent]:
        """Everything so far."""
        return self._heard.all

    async def emit(self, name: str, *args: Any) -> None:
        """Send an event, bytes in it included.

        Raises:
            SocketIOClosed: the connection is over.
        """
        await self._send(library.EVENT, [name, *args])

    async def call(self, name: str, *args: Any, timeout: float = DEADLINE) -> Any:
        """Send an event and wait for its acknowledgement: None, the one argument, or a list of several.

        Raises:
            SocketIOClosed: the connection ended first.
            TimeoutError: it was not acknowledged within so many seconds.
        """
        number = next(self._ids)
        ack = self._acks[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send(library.EVENT, [name, *args], number)
            answer = await within(timeout, ack, lambda: f"the acknowledgement of {name!r}; {self._so_far()}")
        finally:
            self._acks.pop(number, None)
        return answer if len(answer) > 1 else answer[0] if answer else None

    async def event(
        self, name: str, where: Callable[[SocketEvent], bool] = lambda _: True, *, timeout: float = DEADLINE
    ) -> SocketEvent:
        """The oldest event of that name that was not asked for yet, whether it is here or still comes.

        Raises:
            SocketIOClosed: the connection ended without it.
            TimeoutError: none came within so many seconds; the text says what did.
        """

        def fits(event: SocketEvent) -> bool:
            return event.name == name and where(event)

        return await within(timeout, self._take(name, fits), lambda: f"event {name!r}; {self._so_far()}")

    async def acknowledge(self, event: SocketEvent, *args: Any) -> None:
        """Answer an event that the server waits for.

        Raises:
            ValueError: it does not.
            SocketIOClosed: the connection is over.
        """
        if event.ack_id is None:
            raise ValueError(f"the server asked for no acknowledgement of {event.name!r}")
        await self._send(library.ACK, list(args), event.ack_id)

    async def disconnect(self) -> None:
        """Leave the namespace; the last to leave ends the session."""
        if self.reason is None:
            await self._send(library.DISCONNECT, None)
            self.end("left by the test")
        if all(other.reason is not None for other in self.session.clients.values()):
            await self.session.close()

    async def wait_closed(self, *, timeout: float = DEADLINE) -> str:
        """Wait until the connection is over; why.

        Raises:
            TimeoutError: it was not within so many seconds.
        """
        await within(timeout, self._until_closed(), lambda: f"the end of {self.namespace}; {self._so_far()}")
        return str(self.reason)

    # What the session calls.

    async def connect(self, auth: object, timeout: float) -> None:
        """Send CONNECT, and wait for the answer."""
        await self._send(library.CONNECT, auth)
        await within(timeout, self._answer, lambda: f"an answer to CONNECT to {self.namespace}")

    def receive(self, packet: Any) -> None:
        """Act on a packet."""
        match packet.packet_type:
            case library.CONNECT:
                self.sid = packet.data["sid"]
                _settle(self._answer)
            case library.CONNECT_ERROR:
                error = packet.data if isinstance(packet.data, dict) else {"message": packet.data}
                self.reason = str(error.get("message"))
                _settle(self._answer, SocketIORefused(self.reason, error.get("data")))
            case library.DISCONNECT:
                self.end("disconnected by the server")
            case library.EVENT | library.BINARY_EVENT:
                name, *args = packet.data
                self._heard.add(SocketEvent(name, args, packet.id))
            case library.ACK | library.BINARY_ACK:
                if (ack := self._acks.get(packet.id)) is not None and not ack.done():
                    ack.set_result(packet.data)

    def end(self, reason: str) -> None:
        """Nothing more will come."""
        if self.reason is not None:
            return
        self.reason = reason
        closed = SocketIOClosed(reason)
        _settle(self._answer, closed)
        for ack in self._acks.values():
            _settle(ack, closed)
        self._heard.look_again()

    async def _send(self, kind: int, data: object, number: int | None = None) -> None:
        if self.reason is not None:
            raise SocketIOClosed(self.reason)
        encoded = _Packet(kind, data=data, namespace=self.namespace, id=number).encode()
        try:
            await self.session.engine.send(*(encoded if isinstance(encoded, list) else [encoded]))
        except EngineClosed as closed:
            raise SocketIOClosed(str(closed)) from closed

    async def _take(self, name: str, fits: Callable[[SocketEvent], bool]) -> SocketEvent:
        while (event := self._heard.take(fits)) is None:
            if self.reason is not None:
                raise SocketIOClosed(f"no event {name!r} came: {self.reason}; {self._so_far()}")
            await self._heard.more()
        return event

    async def _until_closed(self) -> None:
        while self.reason is None:
            await self._heard.more()

    def _so_far(self) -> str:
        return f"heard {[event.name for event in self.heard]}"


class SocketIOSession:
    """The namespaces of one Engine.IO session."""

    def __init__(self, engine: EngineClient) -> None:
        self.engine = engine
        self.clients: dict[str, SocketIOClient] = {}  # {namespace: client}
        self._unfilled: Any = None  # a binary packet some of whose attachments are still to come
        engine.on_message = self._receive
        engine.on_end = self._ended

    async def join(self, namespace: str = "/", auth: object = None, *, timeout: float = DEADLINE) -> SocketIOClient:
        """Connect to a namespace.

        Raises:
            SocketIORefused: the server answered with `connect_error`.
            SocketIOClosed: the session ended first.
            TimeoutError: there was no answer within so many seconds.
        """
        client = self.clients[namespace] = SocketIOClient(self, namespace)
        await client.connect(auth, timeout)
        return client

    async def upgrade(self) -> None:
        """Go over from polling to WebSocket; raises what `EngineClient.upgrade` does."""
        await self.engine.upgrade()

    async def close(self) -> None:
        """End the session, with all its namespaces."""
        await self.engine.close()

    def _receive(self, data: Packet) -> None:
        if isinstance(data, bytes):
            packet = self._unfilled
            if not packet.add_attachment(data):
                return
        else:
            packet = _Packet(encoded_packet=data)
            if packet.attachment_count:
                self._unfilled = packet
                return
        self._unfilled = None
        if (client := self.clients.get(packet.namespace or "/")) is not None:
            client.receive(packet)

    def _ended(self) -> None:
        for client in self.clients.values():
            client.end(self.engine.reason)


def _settle(future: asyncio.Future[Any], error: Exception | None = None) -> None:
    """Let a future end, if nothing has ended it and somebody may be waiting."""
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
        future.exception()  # nobody has to wait for it
