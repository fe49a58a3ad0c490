"""The connections that read: a small pool, each read in one snapshot of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from hubbub.contract.errors import HubbubError
from hubbub.store.connection import Searchable, Session, Thread
from hubbub.store.engine import Engine
from hubbub.store.errors import ReadOnlyError, busy, refusal
from hubbub.store.limits import StoreLimits

T = TypeVar("T")


class Readers:
    """Lends each connection to one read at a time; those that wait are served in order, up to a limit."""

    def __init__(self, threads: list[Thread], *, engine: Engine, bounds: StoreLimits) -> None:
        self._engine = engine
        self._bounds = bounds
        self._threads = threads
        # Last in, first out: the connection used last has the warmest page cache.
        self._idle: asyncio.LifoQueue[Thread] = asyncio.LifoQueue()
        for thread in threads:
            self._idle.put_nowait(thread)
        self._waiting = 0
        self._running: set[asyncio.Task[object]] = set()
        self._closing = asyncio.Event()

    async def read(self, work: Callable[[Searchable], T]) -> T:
        """Run `work` in a snapshot; see `Store.read`."""
        thread = await self._borrow()
        # A task of its own: the caller may be cancelled, the connection is lent out until the read has ended.
        reading = asyncio.ensure_future(thread.run(partial(_in_snapshot, work)))
        self._running.add(reading)
        reading.add_done_callback(partial(self._give_back, thread))
        try:
            return await asyncio.shield(reading)
        except Exception as error:
            if self._closing.is_set() and self._engine.interrupted(error):
                raise self._stopping() from error
            failure = self._engine.error(error)
            if failure is None or isinstance(failure, ReadOnlyError):  # the work wrote: that is no fault of the file
                raise
            raise refusal(failure, self._bounds.retry_after_seconds) from error

    async def close(self) -> None:
        """Wait for the reads that run, within the limit, break off the rest and close the connections."""
        self._closing.set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._bounds.close_seconds)
            if late:
                await asyncio.gather(*(thread.interrupt() for thread in self._threads))
        await asyncio.gather(*(thread.close() for thread in self._threads), return_exceptions=True)

    async def _borrow(self) -> Thread:
        if self._closing.is_set():
            raise self._stopping()
        if self._waiting >= self._bounds.reads_waiting:
            raise busy(
                "The server has more to look up than it can just now. Try again in a moment.",
                self._bounds.retry_after_seconds,
            )
        self._waiting += 1
        try:
            thread = await self._idle.get()
        finally:
            self._waiting -= 1
        if self._closing.is_set():
            self._idle.put_nowait(thread)  # wakes the next that waits, to be refused as well
            raise self._stopping()
        return thread

    def _stopping(self) -> HubbubError:
        return busy("The server is stopping. Try again in a moment.", self._bounds.retry_after_seconds)

    def _give_back(self, thread: Thread, reading: asyncio.Task[object]) -> None:
        self._running.discard(reading)
        self._idle.put_nowait(thread)


def _in_snapshot(work: Callable[[Searchable], T], connection: Session) -> T:
    try:
        connection.begin_read()
        return work(connection)
    finally:
        connection.roll_back()
