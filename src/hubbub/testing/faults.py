"""Faults between a client and an application, as a test orders them: deterministic, and never by chance.

An ASGI middleware, so that it stands before any application and behind any client that calls one in memory.
"""

from __future__ import annotations

import asyncio
from collections import deque

from hubbub.composite.sockets.heartbeat import Later, loop_later
from hubbub.composite.types import AnyASGIApp, Message, Receive, Scope, Send
from hubbub.testing.deadlines import DEADLINE, within
from hubbub.testing.exchange import StillRunning
from hubbub.testing.lines import Line
from hubbub.testing.orders import Direction, Fault, Kind, Order, Where


class Network:
    """The connections of one client: those that are open, and the orders for what they carry."""

    def __init__(self, later: Later) -> None:
        self.later = later
        self.orders: list[Order] = []
        self.lines: dict[Line, asyncio.Future[None]] = {}  # {connection: the application at work for it}
        self.opened = asyncio.Event()

    def due(self, direction: Direction, scope: Scope) -> Order | None:
        """Count a message for every order; the first that hits it."""
        hits = [order for order in self.orders if order.count(direction, scope)]
        if not hits:
            return None
        hits[0].happens(self.later)
        return hits[0]


class Place:
    """Orders for some of the connections. `nth` counts from the moment of ordering, over all of these connections.

    Each method returns its order, for `await order.happened()` and `order.release()`.
    """

    def __init__(self, network: Network, where: Where) -> None:
        self._network = network
        self._where = where

    @property
    def lines(self) -> list[Line]:
        """The connections that are open, for what is to happen to them at once."""
        return [each for each in self._network.lines if not each.cut_off.is_set() and self._where.matches(each.scope)]

    async def line(self, *, timeout: float = DEADLINE) -> Line:
        """The one connection that is open, as soon as one is.

        Raises:
            LookupError: there are several.
            TimeoutError: there was none within so many seconds.
        """
        await within(timeout, self._until_open(), lambda: f"a connection to be open: {self._where}")
        lines = self.lines
        if len(lines) > 1:
            raise LookupError(f"{len(lines)} connections are open, not one: {', '.join(map(str, lines))}")
        return lines[0]

    def drop(self, direction: Direction, nth: int = 1, *, times: int = 1) -> Order:
        """Lose a frame; HTTP loses nothing but by losing the connection, which is cut."""
        return self._order(Order(Fault.DROP, direction, self._where, nth, times))

    def cut(self, direction: Direction, nth: int = 1, *, times: int = 1) -> Order:
        """End the connection in place of the message, for both sides and without a close."""
        return self._order(Order(Fault.CUT, direction, self._where, nth, times))

    def delay(self, direction: Direction, nth: int = 1, *, times: int = 1, seconds: float | None = None) -> Order:
        """Hold a message, and what comes behind it on its connection, until the release or for so many seconds."""
        return self._order(Order(Fault.DELAY, direction, self._where, nth, times, seconds=seconds))

    def duplicate(self, direction: Direction, nth: int = 1, *, times: int = 1) -> Order:
        """Deliver a frame twice; or a request, as a proxy does that lost the first answer: the client gets the second.

        The pieces of an HTTP answer arrive once whatever is ordered: nothing in between could double them.
        """
        return self._order(Order(Fault.DUPLICATE, direction, self._where, nth, times))

    def stall(self, nth: int = 1, *, buffer_bytes: int = 0) -> Order:
        """Let the client stop reading at its n-th message, until the release.

        `send` of the application waits as soon as more than `buffer_bytes` are on their way, as it does behind a
        server whose buffers, and those of the network, are full.
        """
        return self._order(Order(Fault.STALL, "to_client", self._where, nth, buffer_bytes=buffer_bytes))

    def half_open(self, direction: Direction, nth: int = 1) -> Order:
        """Let the client vanish: its n-th message is the last to arrive, or the server's n-th the first to be lost."""
        return self._order(Order(Fault.HALF_OPEN, direction, self._where, nth))

    async def _until_open(self) -> None:
        while not self.lines:
            self._network.opened.clear()
            await self._network.opened.wait()

    def _order(self, order: Order) -> Order:
        self._network.orders.append(order)
        return order


class Faults(Place):
    """What befalls the messages between a client and `app`; nothing does that was not ordered.

    A message is one frame of a WebSocket, one whole HTTP request, or one piece of an HTTP answer as the application
    sends it, the head with the first piece. Orders made here are for every connection, those made on what `on`
    returns for some; of several that hit the same message the oldest counts.
    """

    def __init__(self, app: AnyASGIApp, *, later: Later = loop_later) -> None:
        super().__init__(Network(later), Where())
        self._app = app
        self._failures: list[BaseException] = []  # of applications whose clients were gone

    def on(self, path: str = "/", *, kind: Kind | None = None, method: str | None = None) -> Place:
        """The connections below a path, of a kind, with a method."""
        return Place(self._network, Where(path, kind, method))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        line = Line(scope, receive, send, self._network.due)
        if scope["type"] == "websocket":
            await self._carry(line)
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif await self._request_arrives(line, receive):
            await self._carry(line)

    async def end(self, *, timeout: float = DEADLINE) -> None:
        """Lift every fault: what is held goes on, and the application hears that who vanished is gone.

        Raises:
            StillRunning: the application goes on for a client that is gone, `timeout` seconds from now.
            Exception: whatever it raised after its client was gone.
        """
        orders, self._network.orders[:] = self._network.orders[:], []
        for order in orders:
            order.release()
        for line in list(self._network.lines):
            line.heal()
        gone = {task: line for line, task in self._network.lines.items() if line.cut_off.is_set()}
        if gone:
            _, late = await asyncio.wait(gone, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.wait(gone)
            if late:
                names = ", ".join(str(gone[task]) for task in late)
                raise StillRunning(f"went on for {timeout:g} s after the connection was cut: {names}")
        if self._failures:
            raise self._failures.pop(0)

    async def _request_arrives(self, line: Line, receive: Receive) -> bool:
        """Let happen to a request what was ordered; whether it arrives at all."""
        order = self._network.due("to_server", line.scope)
        match order.fault if order else None:
            case Fault.DROP | Fault.CUT:
                return False
            case Fault.DELAY if order:
                await order.released.wait()
            case Fault.DUPLICATE:
                request = await _read_request(receive)
                await self._serve_unheard(line.scope, request)
                line.foretell(request)
            case Fault.HALF_OPEN:
                line.foretell(await _read_request(receive))
                line.half_open()
        return True

    async def _carry(self, line: Line) -> None:
        """Run the application until it returns or the connection is cut; then it goes on by itself for a while."""
        at_work = asyncio.ensure_future(self._app(line.scope, line.receive, line.send))
        self._network.lines[line] = at_work
        self._network.opened.set()
        at_work.add_done_callback(lambda _: self._returned(line, at_work))
        cut_off = asyncio.ensure_future(line.cut_off.wait())
        try:
            await asyncio.wait({at_work, cut_off}, return_when=asyncio.FIRST_COMPLETED)
            if not line.cut_off.is_set():
                await line.flowed()
                at_work.result()
        except asyncio.CancelledError:
            at_work.cancel()
            await asyncio.wait({at_work})
            raise
        finally:
            cut_off.cancel()
            line.close()

    def _returned(self, line: Line, at_work: asyncio.Future[None]) -> None:
        line.finish()
        del self._network.lines[line]
        if line.cut_off.is_set() and not at_work.cancelled() and (error := at_work.exception()) is not None:
            self._failures.append(error)

    async def _serve_unheard(self, scope: Scope, request: list[Message]) -> None:
        """Serve a request whose answer nobody gets."""
        left = deque(request)
        answered = asyncio.Event()

        async def receive() -> Message:
            if left:
                return left.popleft()
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                answered.set()

        await self._app({**scope}, receive, send)


async def _read_request(receive: Receive) -> list[Message]:
    """The events of a whole request, its body included."""
    events = [await receive()]
    while events[-1].get("more_body", False):
        events.append(await receive())
    return events
