"""How a connection of each kind is opened and set: runs in the connection's own thread."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Literal

from hubbub.store import limits
from hubbub.store.errors import DiskError, LockedError, NotADatabaseError, SqliteTooOldError, operating_system_error
from hubbub.store.limits import StoreLimits
from hubbub.store.migrate import migrate
from hubbub.store.thread import ThreadedConnection

Synchronous = Literal["off", "normal", "full", "extra"]

APPLICATION_ID = 0x48756262  # "Hubb", https://www.sqlite.org/pragma.html#pragma_application_id
SQLITE_NEEDED = (3, 37, 0)  # STRICT tables
MODULE_NEEDED = "fts5"  # full-text search, which a builder of SQLite may leave out
_OWNER_ONLY = 0o600  # password hashes and private rooms; SQLite gives its files beside the database the same mode


def connect_writer(path: Path, synchronous: Synchronous, bounds: StoreLimits) -> ThreadedConnection:
    """The one connection that writes; creates the file and brings its schema up to date.

    Raises:
        StoreError: the database cannot be used.
        sqlite3.Error: SQLite says why not.
    """
    if sqlite3.sqlite_version_info < SQLITE_NEEDED:
        needed = ".".join(map(str, SQLITE_NEEDED))
        raise SqliteTooOldError(
            f"Python was built with SQLite {sqlite3.sqlite_version}; {needed} or later is needed. Use a newer Python."
        )
    _create(path)
    created = path.stat().st_ino
    connection = _connect(path, bounds)
    try:
        _check_modules(connection)
        _claim(connection, path)
        _use_write_ahead_log(connection, path)
        # From here on nobody can replace it; a restore may have done so while this waited for it (`restore`).
        if path.stat().st_ino != created:
            raise LockedError(f"The database {path} was replaced while it was being opened. Start again.")
        connection.execute(f"PRAGMA synchronous = {synchronous.upper()}")
        connection.execute("PRAGMA secure_delete = FAST")
        connection.execute(f"PRAGMA journal_size_limit = {limits.JOURNAL_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{limits.CACHE_KIBIBYTES}")
        migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(path: Path, bounds: StoreLimits) -> ThreadedConnection:
    """A connection that cannot write."""
    connection = _connect(path, bounds)
    try:
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_edition(path: Path, bounds: StoreLimits) -> sqlite3.Connection:
    """A connection that waits for nobody, for `edition.Edition`; the loop uses it."""
    connection = connect_reader(path, bounds)
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY))
    except OSError as error:
        raise operating_system_error(error, path) from error


def _connect(path: Path, bounds: StoreLimits) -> ThreadedConnection:
    connection: ThreadedConnection = sqlite3.connect(
        path,
        timeout=bounds.busy_seconds,
        isolation_level=None,
        check_same_thread=False,  # `thread` closes one whose opening was cancelled from outside
        cached_statements=limits.CACHED_STATEMENTS,
        factory=ThreadedConnection,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_modules(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT 1 FROM pragma_module_list WHERE name = ?", (MODULE_NEEDED,)).fetchone() is None:
        raise SqliteTooOldError(
            f"Python was built with an SQLite that lacks {MODULE_NEEDED}, which search needs. Use another Python."
        )


def _claim(connection: sqlite3.Connection, path: Path) -> None:
    """Mark a new database as ours, and leave that of another program alone."""
    if select_application_id(connection) == APPLICATION_ID:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        # Read again: another process may have claimed it meanwhile.
        if select_application_id(connection) != APPLICATION_ID and (tables or select_application_id(connection)):
            raise NotADatabaseError(
                f"The database {path} belongs to another program. Choose another path, or move this file away."
            )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    finally:
        connection.execute("COMMIT")


def select_application_id(connection: sqlite3.Connection) -> int:
    """Whose database it is; 0 is nobody's."""
    value: int = connection.execute("PRAGMA application_id").fetchone()[0]
    return value


def _use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise DiskError(
            f"The database {path} is on a file system without shared memory, as network drives are. "
            "Put the data folder on a local disk."
        )
