"""The end of a server in good order: who is told, who is waited for and how long, who is cut off.

docs/decisions/0003-draining.md has the sequence and its reasons. What Hypercorn does is behind `Server`.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Protocol

from hubbub.composite.exchange import CLOSE_SERVICE_RESTART
from hubbub.composite.in_flight import InFlight
from hubbub.composite.limits import CLOSE_SECONDS, CUT_SECONDS, FAREWELL_SECONDS, GRACE_SECONDS

logger = logging.getLogger(__name__)

Callback = Callable[[], Awaitable[None] | None]


class Server(Protocol):
    """What a drain needs of the server around the application."""

    def stop(self) -> None:
        """Ask the server to stop; it may have been asked already."""
        ...

    def stop_listening(self) -> None:
        """Take no more connections."""
        ...

    async def wait_for_connections(self, seconds: float) -> None:
        """Wait until every connection has ended by itself, at most `seconds`."""
        ...

    async def cut_connections(self, seconds: float) -> None:
        """Abort the connections that are left, and wait at most `seconds` until they noticed."""
        ...


class Drain:
    """Whether the server is on its way out, and the way itself; made by the application, run by `CompositeApp`."""

    def __init__(self, *, grace: float = GRACE_SECONDS) -> None:
        """`grace` is what requests in flight get, in seconds."""
        self.draining = False
        self._grace = grace
        self._callbacks: list[Callback] = []
        self._server: Server | None = None
        self._in_flight = InFlight()
        self._last: Callback | None = None
        self._on_begin: Callable[[], None] | None = None
        self._running: asyncio.Task[None] | None = None

    def on_drain(self, callback: Callback) -> None:
        """Have `callback` called when the drain begins: tell clients, end streams. All run at once, for one second."""
        self._callbacks.append(callback)

    def attach(
        self, server: Server, in_flight: InFlight, *, last: Callback, on_begin: Callable[[], None] | None = None
    ) -> None:
        """Say what is to be drained; `last` is called after the callbacks, `on_begin` at once."""
        self._server = server
        self._in_flight = in_flight
        self._last = last
        self._on_begin = on_begin

    def begin(self) -> None:
        """Start the end, and with it that of the server; nothing happens the second time. Not thread-safe."""
        if self._running is not None:
            return
        self.draining = True
        logger.info("draining: %d exchanges in flight", len(self._in_flight))
        if self._on_begin is not None:
            self._on_begin()
        self._running = asyncio.get_running_loop().create_task(self._run(), name="drain")

    async def finish(self) -> None:
        """Begin, unless that was done, and wait until nothing is in flight and no connection is open."""
        self.begin()
        if self._running is not None:
            await asyncio.shield(self._running)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._grace
        if self._server is not None:
            self._server.stop()
            self._server.stop_listening()
        await self._say_farewell()
        requests = self._in_flight.requests
        _, ended = await asyncio.gather(self._end_websockets(), self._in_flight.wait(requests, deadline - loop.time()))
        if not ended:
            logger.warning("draining: %d requests did not end in time", len(self._in_flight.requests))
        elif self._server is not None:
            await self._server.wait_for_connections(deadline - loop.time())
        await self._in_flight.end_all()
        if self._server is not None:
            await self._server.cut_connections(CUT_SECONDS)

    async def _say_farewell(self) -> None:
        await _bounded([_call(callback) for callback in self._callbacks], FAREWELL_SECONDS)
        if self._last is not None:
            await _bounded([_call(self._last)], CLOSE_SECONDS)

    async def _end_websockets(self) -> None:
        """Close what the callbacks left open, and do not wait for the grace: a websocket has no end of its own."""
        websockets = self._in_flight.websockets
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CLOSE_SECONDS
        closes = [exchange.close(CLOSE_SERVICE_RESTART, "server_restarting") for exchange in websockets]
        await _bounded(closes, CLOSE_SECONDS)
        if not await self._in_flight.wait(websockets, deadline - loop.time()):
            await self._in_flight.end(websockets)


async def _call(callback: Callback) -> None:
    try:
        result = callback()
        if inspect.isawaitable(result):
            await result
    except Exception:
        logger.exception("a drain callback failed")


async def _bounded(work: list[Coroutine[None, None, None]], seconds: float) -> None:
    """Run all of it at once, and leave after `seconds` what has not ended by then."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("draining: %r", error)
