"""A copy of the database in one file, made while others write to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from hubbub.store.contents import Contents, check_kind, examine
from hubbub.store.errors import OccupiedError, store_error
from hubbub.store.placing import occupied, part_of, put

# What goes wrong with the file that is written; SQLite does not say of which of the two it speaks.
_OF_THE_COPY = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE}

PAGES_AT_ONCE = 4_096  # 16 MiB; between two of these Ctrl-C is heard

Progress = Callable[[int, int], None]  # (pages or rows that are left, of how many)


def back_up(source: Path, file: Path, *, replace: bool, progress: Progress) -> Contents:
    """Copy the database as it is at the beginning into `file`, whole, verified and on the disk when this returns.

    Nobody who writes waits for it, and it never begins again, however much is written.

    Raises:
        OccupiedError: `file` is there and `replace` is false, or it is the database itself.
        StoreError: the database or the copy cannot be used; the text says why.
    """
    _check_place(source, file, replace=replace)
    with part_of(file) as part:
        copy(source, part, progress, called=file)
        contents = examine(part, called=file)
        put(part, file, replace=replace)
    return contents


def copy(source: Path, part: Path, progress: Progress, *, called: Path) -> None:
    """Copy a database into an empty file, page by page, out of one snapshot.

    Errors name the copy as `called`, which is what it is going to be.

    Raises:
        StoreError: either cannot be used.
    """
    try:
        with closing(sqlite3.connect(_address(source), uri=True, isolation_level=None)) as connection:
            check_kind(connection, source)
            # An open snapshot: each step would otherwise have one of its own, and begin again after any commit.
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM about").fetchone()
            _copy_pages(connection, part, progress)
    except sqlite3.Error as error:
        name = called if getattr(error, "sqlite_errorcode", None) in _OF_THE_COPY else source
        raise store_error(error, name) or error from error


def _copy_pages(connection: sqlite3.Connection, part: Path, progress: Progress) -> None:
    with unflushed(part) as target:
        connection.backup(target, pages=PAGES_AT_ONCE, progress=lambda _status, left, total: progress(left, total))
    with closing(sqlite3.connect(part, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode = DELETE")  # one file; a server turns its write-ahead log on again


@contextmanager
def unflushed(part: Path) -> Iterator[sqlite3.Connection]:
    """A connection that writes what has no name yet: what becomes of half of it does not matter; `put` flushes it."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        yield connection


def _check_place(source: Path, file: Path, *, replace: bool) -> None:
    if file.exists() and source.exists() and file.samefile(source):
        raise OccupiedError(f"{file} is the database itself. Choose another place for the copy.")
    check_free(file, replace=replace)


def check_free(file: Path, *, replace: bool) -> None:
    """Let a place pass where a copy may be made, before it is.

    Raises:
        OccupiedError: something is there.
    """
    if file.is_dir():
        raise OccupiedError(f"{file} is a folder. Name a file in it.")
    if file.exists() and not replace:
        raise occupied(file)


def _address(path: Path) -> str:
    # Writable, and never made: as the last one to leave, it tidies up what a killed server left beside the file.
    return f"file:{quote(str(path))}?mode=rw"
