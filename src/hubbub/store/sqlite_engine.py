"""SQLite as the engine: one file, its threads, and the checkpoint at the end."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hubbub.store.connect import Synchronous, connect_edition, connect_reader, connect_writer
from hubbub.store.connection import Connection, Session, Thread
from hubbub.store.edition import Edition
from hubbub.store.errors import StoreError, store_error
from hubbub.store.limits import StoreLimits
from hubbub.store.thread import DatabaseThread

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class SqliteEngine:
    """See `engine.Engine`."""

    path: Path
    synchronous: Synchronous = "full"
    bounds: StoreLimits = field(default_factory=StoreLimits)

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    async def open_writer(self) -> DatabaseThread:
        """The one connection that writes."""
        return await DatabaseThread.open(partial(connect_writer, self.path, self.synchronous, self.bounds))

    async def open_reader(self) -> DatabaseThread:
        """A connection that cannot write."""
        return await DatabaseThread.open(partial(connect_reader, self.path, self.bounds))

    async def open_edition(self, writer: Thread) -> Edition:
        """SQLite's own number."""
        return Edition(await writer.run(lambda _connection: connect_edition(self.path, self.bounds)))

    def settle(self, connection: Session) -> None:
        """Move what the write-ahead log holds into the database: a commit does so by itself at 1,000 pages."""
        with suppress(sqlite3.Error):  # the commit that needs it tries again, and says so
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    async def close_writer(self, writer: Thread) -> None:
        """Leave one file behind."""
        try:
            await writer.run(_checkpoint)
        except sqlite3.Error as error:
            _LOG.warning("the write-ahead log stays beside the database until the next start: %s", error)
        finally:
            await writer.close()

    def error(self, error: BaseException) -> StoreError | None:
        """By SQLite's result code."""
        return store_error(error, self.path)

    def interrupted(self, error: BaseException) -> bool:
        """SQLITE_INTERRUPT."""
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT

    def listen(self, epoch: str, heard: Callable[[int, bool], None]) -> None:
        """A file tells nobody; the processes that share one do (docs/decisions/0011-workers.md)."""


def _checkpoint(connection: Connection) -> None:
    connection.execute("PRAGMA busy_timeout = 0")  # somebody else who reads the file must not hold up the end
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
