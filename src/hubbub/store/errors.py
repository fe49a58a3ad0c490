"""What can be wrong with a database, each with a text that says what to do about it.

StoreError
 +-- SqliteTooOldError     the library, not the file
 +-- CannotOpenError       no such folder, no permission, a folder in place of the file
 +-- ReadOnlyError         the file or its folder cannot be written
 +-- LockedError           another process holds it
 +-- DiskFullError
 +-- DiskError             reading or writing failed (SQLITE_IOERR)
 +-- NotADatabaseError     a file of something else
 +-- CorruptError
 +-- NewerDatabaseError    written by a newer Hubbub
 +-- OccupiedError         something is where a copy should be
 +-- ReplacedError         another log is where that of this process was
 +-- ServerTooOldError     of a database server
 +-- UnreachableError      a database server is away, or has broken off
      +-- OutcomeUnknownError  in the middle of a commit
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from hubbub.contract.errors import ErrorCode, HubbubError


class StoreError(Exception):
    """The database cannot be used; the text is for whoever runs the server."""


class SqliteTooOldError(StoreError):
    """Python was built with an SQLite that lacks what the schema needs."""


class CannotOpenError(StoreError):
    """SQLITE_CANTOPEN, or the operating system would not open the file."""


class ReadOnlyError(StoreError):
    """SQLITE_READONLY."""


class LockedError(StoreError):
    """SQLITE_BUSY for longer than the limit."""


class DiskFullError(StoreError):
    """SQLITE_FULL."""


class DiskError(StoreError):
    """SQLITE_IOERR."""


class NotADatabaseError(StoreError):
    """SQLITE_NOTADB, or a database of another program."""


class CorruptError(StoreError):
    """SQLITE_CORRUPT."""


class NewerDatabaseError(StoreError):
    """`PRAGMA user_version` is beyond the migrations this code has."""


class OccupiedError(StoreError):
    """A copy would replace what is there, and nobody said that it should."""


class ReplacedError(StoreError):
    """A restore has put another log there while this process was cut off."""


class ServerTooOldError(StoreError):
    """A version of the database server that its makers no longer look after."""


class UnreachableError(StoreError):
    """There is no connection to the database server just now."""


class OutcomeUnknownError(UnreachableError):
    """The connection broke while a commit was under way: it was perhaps kept."""


# {primary result code: (class, what happened and what to do)}, https://www.sqlite.org/rescode.html
_MEANINGS: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_CANTOPEN: (
        CannotOpenError,
        "cannot be opened. Check that its folder is there and that this user may read and write in it.",
    ),
    sqlite3.SQLITE_READONLY: (
        ReadOnlyError,
        "cannot be written. Make the file and its folder writable for this user; SQLite keeps two files beside it.",
    ),
    sqlite3.SQLITE_PERM: (CannotOpenError, "may not be opened by this user. Check its owner and permissions."),
    sqlite3.SQLITE_BUSY: (
        LockedError,
        "is locked by another process. Wait for it to finish, or stop it, and try again.",
    ),
    sqlite3.SQLITE_FULL: (
        DiskFullError,
        "has no room left on its disk. Free some space; nothing that was acknowledged is lost.",
    ),
    sqlite3.SQLITE_IOERR: (
        DiskError,
        "could not be read or written. Look for disk errors in the system log, then run `hubbub doctor`.",
    ),
    sqlite3.SQLITE_NOTADB: (NotADatabaseError, "is not a database. Choose another path, or move this file away."),
    sqlite3.SQLITE_CORRUPT: (
        CorruptError,
        "is damaged. Stop the server, keep a copy of the file, and restore the latest backup with `hubbub restore`.",
    ),
}

_PRIMARY_CODE = 0xFF  # an extended result code keeps its primary code in the lowest byte


def store_error(error: BaseException, path: Path) -> StoreError | None:
    """What `error` says about the database as a whole; None when it only concerns one statement."""
    if isinstance(error, StoreError):
        return error
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or (code & _PRIMARY_CODE) not in _MEANINGS:
        return None
    kind, meaning = _MEANINGS[code & _PRIMARY_CODE]
    return kind(f"The database {path} {meaning} ({error})")


# {errno: SQLite's name for the same}
_RESULT_CODES = {
    errno.EACCES: sqlite3.SQLITE_READONLY,
    errno.EPERM: sqlite3.SQLITE_READONLY,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EIO: sqlite3.SQLITE_IOERR,
}


def operating_system_error(error: OSError, path: Path) -> StoreError:
    """The same when it is the operating system that would not open the file."""
    kind, meaning = _MEANINGS[_RESULT_CODES.get(error.errno or 0, sqlite3.SQLITE_CANTOPEN)]
    return kind(f"The database {path} {meaning} ({error.strerror})")


def refusal(error: StoreError, retry_after: float) -> StoreError | HubbubError:
    """The same error as somebody sees it who asked for something: what passes by itself is `server_busy`."""
    if isinstance(error, DiskFullError):
        return busy("The server has no disk space left and cannot save this now. Try again later.", retry_after)
    if isinstance(error, LockedError):
        return busy("The database is in use by another program. Try again in a moment.", retry_after)
    if isinstance(error, OutcomeUnknownError):
        return busy(
            "The database went away while this was being saved, and it is not known whether it was. Send it again "
            "under the same client_id or Idempotency-Key: it is saved once.",
            retry_after,
        )
    if isinstance(error, UnreachableError):
        return busy("The database cannot be reached just now. Try again in a moment.", retry_after)
    return type(error)(*error.args)  # one for each caller: a traceback grows with every raise


def busy(detail: str, retry_after: float) -> HubbubError:
    """A refusal that waiting mends; `retry_after` is in seconds."""
    return HubbubError(ErrorCode.SERVER_BUSY, detail, retry_after=retry_after)
