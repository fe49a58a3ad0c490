"""Putting a backup in the place of the database, when nobody has that open."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from hubbub.domain.cursors import encode_cursor
from hubbub.store.backup import Progress, copy
from hubbub.store.contents import Contents, check_kind, examine
from hubbub.store.errors import LockedError, OccupiedError, operating_system_error, store_error
from hubbub.store.log import begin_epoch, select_epoch, select_head
from hubbub.store.migrate import migrate
from hubbub.store.placing import beside, flush_folder, occupied, part_of, put

# The bytes that SQLite locks of a file; in WAL mode whoever has it open holds one of them all the time.
# https://www.sqlite.org/fileformat2.html#the_lock_byte_page, PENDING_BYTE and SHARED_SIZE in SQLite's os.h
_LOCK_BYTE = 0x40000000
_LOCK_BYTES = 512


@dataclass(frozen=True, slots=True)
class Restored:
    """What was in the backup; `aside` is where the database lies that was there, if there was one."""

    contents: Contents
    aside: Path | None


def restore(backup: Path, target: Path, *, replace: bool, now: datetime, progress: Progress) -> Restored:
    """Make `target` the database that `backup` holds, verified before anything is replaced.

    The log gets a new epoch, so that cursors from after the backup are gone, and those from before it stay good. What
    was there before is kept beside it, under a name with `now`.

    Raises:
        OccupiedError: there is a database, and `replace` is false; or the backup is that database.
        LockedError: a server, or anybody else, has it open.
        StoreError: the backup or the place cannot be used; the text says why.
    """
    target = target.resolve()
    _check_places(backup, target, replace=replace)
    with part_of(target) as part:
        contents = renew(backup, part, progress, called=target)
        if not _there(target):
            put(part, target, replace=False)
            return Restored(contents, None)
        with _nobody_at(target) as is_there:
            aside = _keep(target, now)
            put(part, target, replace=is_there)
        return Restored(contents, aside)


def renew(backup: Path, part: Path, progress: Progress, *, called: Path) -> Contents:
    """Copy a backup into an empty file, verified, in the schema of this code and with a new epoch.

    Errors name the copy as `called`, which is what it is going to be.

    Raises:
        StoreError: either cannot be used.
    """
    copy(backup, part, progress, called=called)
    contents = examine(part, called=backup)
    _prepare(part, backup)
    return contents


def _check_places(backup: Path, target: Path, *, replace: bool) -> None:
    if backup.exists() and target.exists() and backup.samefile(target):
        raise OccupiedError(f"{backup} is the database itself. Name a backup of it.")
    if _there(target) and not replace:
        raise occupied(target)


def rename_log(target: Path) -> str:
    """Give the log a new epoch where it is, as after a restore; the cursor at its end.

    For a database that was taken back in time by other means, such as a snapshot of its disk.

    Raises:
        LockedError: a server, or anybody else, has it open.
        StoreError: the database cannot be used; the text says why.
    """
    try:
        with closing(exclusive(target)) as connection:
            check_kind(connection, target)
            _renew(connection, target)
            return encode_cursor(select_epoch(connection), select_head(connection))
    except sqlite3.Error as error:
        raise store_error(error, target) or error from error


def exclusive(target: Path) -> sqlite3.Connection:
    """A connection beside which there is no other until it is closed, even one that only reads.

    Raises:
        LockedError: another process has the file open.
        sqlite3.Error: it cannot be opened.

    Source: https://www.sqlite.org/pragma.html#pragma_locking_mode
    """
    address = f"file:{quote(str(target))}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        if isinstance(store_error(error, target), LockedError):
            raise _in_use(target) from error
        raise
    return connection


def _prepare(part: Path, backup: Path) -> None:
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            _renew(connection, backup)
    except sqlite3.Error as error:
        raise store_error(error, part) or error from error


def _renew(connection: sqlite3.Connection, name: Path) -> None:
    migrate(connection, name)
    connection.execute("BEGIN")
    begin_epoch(connection)
    connection.execute("COMMIT")


def _there(target: Path) -> bool:
    return any(os.path.lexists(file) for file in (target, *beside(target)))


@contextmanager
def _nobody_at(target: Path) -> Iterator[bool]:
    """Keep everybody from opening the database; whoever tries waits, and finds out (`connect.connect_writer`).

    False where there is none, and only what SQLite keeps beside one.

    Raises:
        LockedError: somebody has it open.
    """
    if not target.exists():
        yield False
        return
    _fold_write_ahead_log(target)
    try:
        descriptor = os.open(target, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise operating_system_error(error, target) from error
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _LOCK_BYTE)
        except OSError as error:
            raise _in_use(target) from error
        yield True
    finally:
        os.close(descriptor)


def _fold_write_ahead_log(target: Path) -> None:
    """Bring what a killed server left beside the database into it, so that one file is all of it."""
    address = f"file:{quote(str(target))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.Error as error:
        if isinstance(store_error(error, target), LockedError):
            raise _in_use(target) from error
        # It is damaged, which may be why somebody restores: its files are kept as they are.


def _keep(target: Path, now: datetime) -> Path:
    """Give what is there a second name, then take from beside the place what would be taken for the new one's.

    Raises:
        StoreError: the system does not allow it; all is as it was.
    """
    aside = target.with_name(f"{target.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
    try:
        for file, kept in zip((target, *beside(target)), (aside, *beside(aside)), strict=True):
            if file.exists():
                kept.hardlink_to(file)
        flush_folder(target)
        for file in beside(target):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise operating_system_error(error, aside) from error
    return aside


def _in_use(target: Path) -> LockedError:
    return LockedError(
        f"The database {target} is in use. Stop the server, and any other command at it, and try again."
    )
