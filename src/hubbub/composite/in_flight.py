"""What is on its way through the application: every request and websocket, so that an end can wait for them.

Knows nothing of routing or of the server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from hubbub.composite.exchange import Exchange
from hubbub.composite.limits import CANCEL_SECONDS, EXCHANGES

logger = logging.getLogger(__name__)


class InFlight:
    """The open exchanges and the tasks that handle them."""

    def __init__(self, limit: int = EXCHANGES) -> None:
        self._limit = limit
        self._tasks: dict[Exchange, asyncio.Task[object]] = {}  # {exchange: the task that handles it}
        self._waiting: set[asyncio.Future[None]] = set()  # who waits for the next end

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        return len(self._tasks) >= self._limit

    @property
    def requests(self) -> list[Exchange]:
        return [exchange for exchange in self._tasks if not exchange.is_websocket]

    @property
    def websockets(self) -> list[Exchange]:
        return [exchange for exchange in self._tasks if exchange.is_websocket]

    def enter(self, exchange: Exchange) -> None:
        """Note that the current task handles the exchange."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks[exchange] = task

    def leave(self, exchange: Exchange) -> None:
        """Note that the exchange is over."""
        self._tasks.pop(exchange, None)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, exchanges: Collection[Exchange], seconds: float) -> bool:
        """Wait at most `seconds` until all of `exchanges` are over; whether they are."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while any(exchange in self._tasks for exchange in exchanges):
            left = deadline - loop.time()
            if left <= 0:
                return False
            await self._next_end(left)
        return True

    async def end(self, exchanges: Collection[Exchange]) -> None:
        """Interrupt the handlers of `exchanges`, cancel those that do not listen, wait `CANCEL_SECONDS` in all."""
        for exchange in exchanges:
            exchange.interrupt()
        if await self.wait(exchanges, CANCEL_SECONDS / 2):
            return
        for exchange in exchanges:
            task = self._tasks.get(exchange)
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        if not await self.wait(exchanges, CANCEL_SECONDS / 2):
            logger.warning("%d handlers did not end when they were cancelled", len(self))

    async def end_all(self) -> None:
        """`end` whatever is open."""
        await self.end(list(self._tasks))

    async def _next_end(self, seconds: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await asyncio.wait({waiter}, timeout=seconds)
        finally:
            self._waiting.discard(waiter)
