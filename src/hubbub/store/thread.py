"""One SQLite connection in a thread of its own: the only module that knows aiosqlite.

aiosqlite (0.22) queues one call at a time to the thread of its connection, and each costs 70 to 90 µs on the way.  It
has no public way to run a function there, so that a whole transaction would be one call.  It does take the function
that makes the connection, and it does pass `commit()` on: so the connection made here runs a waiting call where others
would commit.  Transactions are explicit everywhere (`isolation_level` None), so nobody misses the real one.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import aiosqlite

from hubbub.store.call import Call
from hubbub.store.fts5 import Fts5
from hubbub.store.log import select_head

T = TypeVar("T")

_ITER_CHUNK = 1  # rows per hop of aiosqlite's own cursors, which nobody uses


class ThreadedConnection(sqlite3.Connection):
    """`commit` runs the oldest waiting call; calls and commits are queued in the same order.

    The rest is `connection.Session`.
    """

    search_index: ClassVar[Fts5] = Fts5()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: deque[Call[ThreadedConnection, Any]] = deque()

    def commit(self) -> None:
        self.calls.popleft().run(self)

    def begin_write(self) -> int:
        """Begin with SQLite's one write lock."""
        self.execute("BEGIN IMMEDIATE")
        return select_head(self)

    def commit_write(self, head: int, *, changed: bool, announced: bool) -> None:
        """`head` is in the log already, and a file tells nobody."""
        self.execute("COMMIT")

    def begin_read(self) -> None:
        """The first statement takes the snapshot."""
        self.execute("BEGIN")

    def roll_back(self) -> None:
        """SQLite may have done so by itself."""
        if self.in_transaction:
            self.execute("ROLLBACK")


class _Connecting:
    """Makes the connection in the thread, for somebody who may have gone by then.

    It never fails: aiosqlite does not wait for a thread that could not connect, and the thread would then meet a loop
    that is closed.  A stand-in is opened and closed in order instead.
    """

    def __init__(self, connect: Callable[[], ThreadedConnection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._abandoned = False
        self._made: ThreadedConnection | None = None
        self._error: BaseException | None = None

    def __call__(self) -> sqlite3.Connection:
        try:
            connection = self._connect()
        except BaseException as error:
            self._error = error
            return sqlite3.connect(":memory:", check_same_thread=False)
        with self._lock:
            self._made = connection
            if self._abandoned:
                connection.close()
        return connection

    def made(self) -> ThreadedConnection:
        """The connection, or why there is none."""
        if self._error is not None:
            raise self._error
        assert self._made is not None  # noqa: S101  aiosqlite has just had it
        return self._made

    def abandon(self) -> None:
        """Close what comes of it: aiosqlite forgets a connection that it was not allowed to wait for."""
        with self._lock:
            self._abandoned = True
            if self._made is not None:
                self._made.close()


class DatabaseThread:
    """Runs functions on one connection, in order, in the connection's thread.

    Open it and always close it: the thread keeps the process alive.
    """

    def __init__(self, connection: aiosqlite.Connection, inner: ThreadedConnection) -> None:
        self._connection = connection
        self._inner = inner

    @classmethod
    async def open(cls, connect: Callable[[], ThreadedConnection]) -> DatabaseThread:
        """Start a thread and make the connection in it.

        Raises:
            Exception: what `connect` raises; the thread has ended then.
        """
        connecting = _Connecting(connect)
        try:
            connection = await aiosqlite.Connection(connecting, _ITER_CHUNK)
        except BaseException:
            connecting.abandon()
            raise
        try:
            return cls(connection, connecting.made())
        except BaseException:
            await connection.close()
            raise

    async def run(self, function: Callable[[ThreadedConnection], T]) -> T:
        """One hop to the thread and back.  A cancelled caller does not stop the function.

        Raises:
            Exception: what `function` raises.
        """
        call = Call(function)
        self._inner.calls.append(call)
        await self._connection.commit()
        return call.outcome()

    async def interrupt(self) -> None:
        """Make the statement that runs now fail with SQLITE_INTERRUPT."""
        await self._connection.interrupt()

    async def close(self) -> None:
        """Close the connection behind the calls that wait, and end the thread."""
        await self._connection.close()
