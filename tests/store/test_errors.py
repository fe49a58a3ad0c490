"""What SQLite and the operating system say, in words that help."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.store.errors import (
    CannotOpenError,
    CorruptError,
    DiskError,
    DiskFullError,
    LockedError,
    NotADatabaseError,
    ReadOnlyError,
    StoreError,
    operating_system_error,
    refusal,
    store_error,
)

PATH = Path("data/hubbub.db")


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_CANTOPEN, CannotOpenError),
        (sqlite3.SQLITE_READONLY_DIRECTORY, ReadOnlyError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, LockedError),
        (sqlite3.SQLITE_FULL, DiskFullError),
        (sqlite3.SQLITE_IOERR_FSYNC, DiskError),
        (sqlite3.SQLITE_NOTADB, NotADatabaseError),
        (sqlite3.SQLITE_CORRUPT_INDEX, CorruptError),
    ],
)
def test_a_result_code_becomes_an_error_that_says_what_to_do(code: int, kind: type[StoreError]) -> None:
    error = store_error(sqlite_error(code), PATH)
    assert type(error) is kind
    assert str(error).startswith(f"The database {PATH} ")
    assert "as SQLite says it" in str(error)
    assert str(error).count(".") >= 2


@pytest.mark.parametrize("error", [ValueError(), sqlite3.OperationalError(), sqlite_error(sqlite3.SQLITE_CONSTRAINT)])
def test_what_concerns_one_statement_says_nothing_of_the_database(error: Exception) -> None:
    assert store_error(error, PATH) is None


def test_a_store_error_stays_what_it_is() -> None:
    error = DiskFullError("full")
    assert store_error(error, PATH) is error


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EROFS, ReadOnlyError),
        (errno.EACCES, ReadOnlyError),
        (errno.ENOSPC, DiskFullError),
        (errno.ENOENT, CannotOpenError),
        (errno.EISDIR, CannotOpenError),
    ],
)
def test_so_does_what_the_operating_system_says(number: int, kind: type[StoreError]) -> None:
    assert type(operating_system_error(OSError(number, "as Linux says it"), PATH)) is kind


@pytest.mark.parametrize("kind", [DiskFullError, LockedError])
def test_what_passes_by_itself_is_a_busy_server_to_who_asks(kind: type[StoreError]) -> None:
    error = refusal(kind("for whoever runs it"), 3.0)
    assert isinstance(error, HubbubError)
    assert (error.code, error.retry_after) == (ErrorCode.SERVER_BUSY, 3.0)
    assert "for whoever runs it" not in error.detail


def test_what_does_not_pass_stays_an_error_of_the_store() -> None:
    error = CorruptError("damaged")
    told = refusal(error, 3.0)
    assert type(told) is CorruptError
    assert str(told) == "damaged"
    assert told is not error
