"""One connection between a client and an application, and what may befall it. Knows no order of messages to hit.

A client that vanished (half open) is not there to close anything: what is sent to it goes nowhere, nothing comes, and
only the application's own patience ends the connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from hubbub.composite.types import Message, Receive, Scope, Send
from hubbub.testing.deadlines import DEADLINE, within
from hubbub.testing.exchange import DISCONNECTS, size_of
from hubbub.testing.orders import Direction, Fault, Order

ABNORMAL = 1006  # a WebSocket that ended without a closing frame (RFC 6455, 7.1.5)

Due = Callable[[Direction, Scope], Order | None]  # counts a message; the order that hits it


class State(Enum):
    """What the client is to the application."""

    OPEN = auto()
    GONE = auto()  # it left by itself
    VANISHED = auto()
    CUT = auto()


class Line:
    """Stands between `receive` and `send` of a server and those that the application gets."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, due: Due) -> None:
        self.scope = scope
        self.cut_off = asyncio.Event()  # the client is to see the end of the connection
        self._receive, self._send = receive, send
        self._due = due
        self._state = State.OPEN
        self._reading: asyncio.Future[Message] | None = None
        self._incoming: deque[tuple[Message, Order | None]] = deque()
        self._wake = asyncio.Event()  # for whoever waits in `receive`
        self._complete = scope["type"] == "websocket"  # the application has the whole request
        self._awaited = asyncio.Event()
        self._finished = asyncio.Event()
        self._outgoing: deque[tuple[Message, Order | None]] = deque()
        self._flow = asyncio.Event()  # for what lets `_outgoing` go, and for whoever waits for that
        self._flowing: asyncio.Task[None] | None = None
        self._buffer: int | None = None  # bytes that a stalled client's buffers take
        self._first_piece = False  # the next piece of the body belongs to the head, which was counted

    def __str__(self) -> str:
        return f"{self.scope.get('method', 'WebSocket')} {self.scope['path']}"

    async def awaited(self, *, timeout: float = DEADLINE) -> None:
        """Wait until the application has the whole request, or a WebSocket, and waits for what its client does next.

        Raises:
            TimeoutError: it did not within so many seconds.
        """
        await within(timeout, self._awaited.wait(), lambda: f"the application to wait for the client of {self}")

    async def finished(self, *, timeout: float = DEADLINE) -> None:
        """Wait until the application has returned, of itself or because its client is gone.

        Raises:
            TimeoutError: it did not within so many seconds.
        """
        await within(timeout, self._finished.wait(), lambda: f"the application to return from {self}")

    # What a test does to it, at once.

    def cut(self) -> None:
        """End the connection for both sides; what was on its way is lost."""
        self._become(State.CUT)
        self.cut_off.set()

    def half_open(self) -> None:
        """Let the client vanish without a word."""
        if self._state is State.OPEN:
            self._become(State.VANISHED)

    def stall(self, buffer_bytes: int = 0) -> None:
        """Let the client stop reading: `send` waits as soon as more than so many bytes are on their way."""
        self._buffer = buffer_bytes

    def resume(self) -> None:
        """Let the client read on, and have what waited for it."""
        self._buffer = None
        self._flow.set()

    def heal(self) -> None:
        """Let the client read on; and if it has vanished, let the application hear that it is gone."""
        self.resume()
        if self._state is State.VANISHED:
            self.cut()

    # What the application gets.

    async def receive(self) -> Message:
        """The next event, when it arrives."""
        while True:
            self._wake.clear()
            if self._state is State.CUT:
                return self._disconnect()
            if self._incoming:
                _, order = self._incoming[0]
                if order is None or order.released.is_set():
                    return self._take()
            else:
                self._read()
            if self._complete:
                self._awaited.set()
            await self._wake.wait()
            self._awaited.clear()

    async def send(self, message: Message) -> None:
        """Let an event go to the client; waits as long as a server would."""
        if self._state is not State.OPEN:
            return
        order = self._due("to_client", self.scope) if self._counts(message) else None
        copies = 1
        if order is not None:
            copies = self._befall_outgoing(order)
        for _ in range(copies if self._state is State.OPEN else 0):
            await self._pass_on(message, order if order and order.fault is Fault.DELAY else None)

    def foretell(self, messages: list[Message]) -> None:
        """Have these received before anything else, even of a client that has vanished."""
        self._incoming.extend((message, None) for message in messages)

    async def flowed(self) -> None:
        """Wait until the client has everything that it will get."""
        if self._flowing is not None:
            self._read()
            await asyncio.wait({self._flowing})

    def finish(self) -> None:
        """The application has returned."""
        self._finished.set()

    def close(self) -> None:
        """Read no more from the client."""
        if self._reading is not None:
            self._reading.cancel()

    # From the client.

    def _read(self) -> None:
        """See to it that the next message is read."""
        if self._reading is None and self._state is State.OPEN:
            self._reading = asyncio.ensure_future(self._receive())
            self._reading.add_done_callback(self._was_read)

    def _was_read(self, reading: asyncio.Future[Message]) -> None:
        self._reading = None
        if reading.cancelled() or self._state is not State.OPEN:
            return
        self._arrive(reading.result())
        self._wake.set()
        if self._held_up or self._finished.is_set():  # a client that leaves is noticed although nobody receives
            self._read()

    def _arrive(self, message: Message) -> None:
        order = self._due("to_server", self.scope) if message["type"] == "websocket.receive" else None
        match order.fault if order else None:
            case Fault.DROP:
                pass
            case Fault.CUT:
                self.cut()
            case Fault.DELAY if order:
                self._incoming.append((message, order))
                order.on_release(self._wake.set)
            case Fault.DUPLICATE:
                self._incoming += [(message, None), (message, None)]
            case _:
                self._incoming.append((message, None))
                if order:
                    self._befall(order)
                if message["type"] in DISCONNECTS:
                    self._become(State.GONE)

    def _take(self) -> Message:
        message, _ = self._incoming.popleft()
        self._complete = self._complete or not message.get("more_body", False)
        if message["type"] == "http.disconnect":
            self._incoming.append((message, None))  # so it stays, however often it is asked for
        return message

    def _disconnect(self) -> Message:
        if self.scope["type"] == "http":
            return {"type": "http.disconnect"}
        return {"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""}

    # To the client.

    def _counts(self, message: Message) -> bool:
        """Whether it is a message in the sense of `nth`: a frame, a head, or a piece of a body behind the first."""
        match message["type"]:
            case "http.response.start":
                self._first_piece = True
                return True
            case "http.response.body":
                first, self._first_piece = self._first_piece, False
                return not first and bool(message.get("body"))
            case kind:
                return bool(kind == "websocket.send")

    def _befall_outgoing(self, order: Order) -> int:
        """Do what was ordered for a message; how often it is to be passed on."""
        match order.fault:
            case Fault.DROP if self.scope["type"] == "websocket":
                return 0
            case Fault.DROP | Fault.CUT:
                self.cut()
            case Fault.DELAY:
                order.on_release(self._flow.set)
            case Fault.DUPLICATE:
                return 2 if self.scope["type"] == "websocket" else 1
            case _:
                self._befall(order)
        return 1

    def _befall(self, order: Order) -> None:
        """Do what concerns the connection and not a message."""
        if order.fault is Fault.STALL:
            self.stall(order.buffer_bytes)
            order.on_release(self.resume)
        elif order.fault is Fault.HALF_OPEN:
            self.half_open()

    async def _pass_on(self, message: Message, order: Order | None) -> None:
        if not self._outgoing and self._buffer is None and order is None:
            await self._send(message)
            return
        self._outgoing.append((message, order))
        if self._flowing is None:
            self._flowing = asyncio.ensure_future(self._let_flow())
        while self._held_up:
            self._read()
            self._flow.clear()
            await self._flow.wait()

    @property
    def _held_up(self) -> bool:
        """Whether more is on its way than a stalled client takes."""
        if self._buffer is None or self._state is not State.OPEN:
            return False
        return sum(size_of(message) for message, _ in self._outgoing) > self._buffer

    async def _let_flow(self) -> None:
        """Pass on what waits, in order, as far as it may go."""
        while self._outgoing and self._state is State.OPEN:
            message, order = self._outgoing[0]
            if self._buffer is not None or (order is not None and not order.released.is_set()):
                self._flow.clear()
                await self._flow.wait()
                continue
            await self._send(message)
            self._outgoing.popleft()
        self._outgoing.clear()
        self._flowing = None

    def _become(self, state: State) -> None:
        self._state = state
        self._wake.set()
        self._flow.set()
