"""The connections that read: a small pool, each read in one snapshot of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from hubbub.store.errors import busy, refusal, store_error
from hubbub.store.limits import StoreLimits
from hubbub.store.thread import DatabaseThread

T = TypeVar("T")


class Readers:
    """Lends each connection to one read at a time; those that wait are served in order, up to a limit."""

    def __init__(self, threads: list[DatabaseThread], *, path: Path, bounds: StoreLimits) -> None:
        self._path = path
        self._bounds = bounds
        self._threads = threads
        # Last in, first out: the connection used last has the warmest page cache.
        self._idle: asyncio.LifoQueue[DatabaseThread] = asyncio.LifoQueue()
        for thread in threads:
            self._idle.put_nowait(thread)
        self._waiting = 0
        self._running: set[asyncio.Task[object]] = set()
        self._closing = False

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a snapshot; see `Store.read`."""
        self._admit()
        self._waiting += 1
        try:
            thread = await self._idle.get()
        finally:
            self._waiting -= 1
        # A task of its own: the caller may be cancelled, the connection is lent out until the read has ended.
        reading = asyncio.ensure_future(thread.run(partial(_in_snapshot, work)))
        self._running.add(reading)
        reading.add_done_callback(partial(self._give_back, thread))
        try:
            return await asyncio.shield(reading)
        except sqlite3.Error as error:
            failure = store_error(error, self._path)
            if failure is None:
                raise
            raise refusal(failure, self._bounds.retry_after_seconds) from error

    async def close(self) -> None:
        """Wait for the reads that run, within the limit, break off the rest and close the connections."""
        self._closing = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._bounds.close_seconds)
            if late:
                await asyncio.gather(*(thread.interrupt() for thread in self._threads))
        await asyncio.gather(*(thread.close() for thread in self._threads), return_exceptions=True)

    def _admit(self) -> None:
        retry_after = self._bounds.retry_after_seconds
        if self._closing:
            raise busy("The server is stopping. Try again in a moment.", retry_after)
        if self._waiting >= self._bounds.reads_waiting:
            raise busy("The server has more to look up than it can just now. Try again in a moment.", retry_after)

    def _give_back(self, thread: DatabaseThread, reading: asyncio.Task[object]) -> None:
        self._running.discard(reading)
        self._idle.put_nowait(thread)


def _in_snapshot(work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        connection.execute("ROLLBACK")
