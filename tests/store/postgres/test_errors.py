"""What PostgreSQL says, and what that means for a host and for whoever asked."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.store.errors import (
    CannotOpenError,
    CorruptError,
    DiskError,
    DiskFullError,
    LockedError,
    OutcomeUnknownError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
    refusal,
)
from hubbub.store.postgres.errors import postgres_error

NAME = "postgresql://db.example/chat"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.ConnectionFailure(), UnreachableError),
        (errors.AdminShutdown(), UnreachableError),
        (errors.CannotConnectNow(), UnreachableError),
        (errors.TooManyConnections(), UnreachableError),
        (errors.IdleInTransactionSessionTimeout(), UnreachableError),
        (psycopg.OperationalError("server closed the connection\nunexpectedly"), UnreachableError),
        (errors.InvalidPassword(), CannotOpenError),
        (errors.InvalidCatalogName(), CannotOpenError),
        (errors.InsufficientPrivilege(), CannotOpenError),
        (errors.ReadOnlySqlTransaction(), ReadOnlyError),
        (errors.LockNotAvailable(), LockedError),
        (errors.QueryCanceled(), LockedError),
        (errors.DiskFull(), DiskFullError),
        (errors.IoError(), DiskError),
        (errors.DataCorrupted(), CorruptError),
    ],
)
def test_each_says_which_database_and_what_to_do(error: psycopg.Error, kind: type[StoreError]) -> None:
    meaning = postgres_error(error, NAME)
    assert type(meaning) is kind
    assert NAME in str(meaning)
    assert "\n" not in str(meaning)


@pytest.mark.parametrize("error", [errors.UniqueViolation(), errors.SyntaxError(), ValueError("no")])
def test_what_concerns_one_statement_is_no_fault_of_the_database(error: Exception) -> None:
    assert postgres_error(error, NAME) is None


def test_a_store_error_stays_what_it_is() -> None:
    error = StoreError("so it is")
    assert postgres_error(error, NAME) is error


@pytest.mark.parametrize(
    ("error", "told"),
    [(UnreachableError("away"), "cannot be reached"), (OutcomeUnknownError("away"), "under the same client_id")],
)
def test_whoever_asked_is_told_to_come_again(error: StoreError, told: str) -> None:
    refused = refusal(error, 3)
    assert isinstance(refused, HubbubError)
    assert (refused.code, refused.retry_after) == (ErrorCode.SERVER_BUSY, 3)
    assert told in refused.detail
