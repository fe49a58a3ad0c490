"""A copy of a PostgreSQL database in one file, as of SQLite's, made while others write to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from hubbub.store.backup import Progress, check_free, unflushed
from hubbub.store.carrying import NotWholeError, carry
from hubbub.store.connect import APPLICATION_ID
from hubbub.store.contents import Contents, check_version, examine
from hubbub.store.errors import NotADatabaseError, store_error
from hubbub.store.migrate import migrate, migrations
from hubbub.store.placing import part_of, put
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import Raw
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.prepare import schema_version
from hubbub.store.postgres.tables import PostgresTables
from hubbub.store.sqlite_tables import SqliteTables


def back_up(address: PostgresAddress, file: Path, *, replace: bool, progress: Progress) -> Contents:
    """Copy the database as it is at the beginning into `file`, whole, verified and on the disk when this returns.

    Nobody who writes waits for it.  The file is what `store.backup.back_up` makes of SQLite, in the schema that the
    database has, and its index of words is empty.

    Raises:
        OccupiedError: `file` is there and `replace` is false.
        StoreError: the database or the copy cannot be used; the text says why.
    """
    check_free(file, replace=replace)
    with part_of(file) as part:
        _copy(PostgresEngine(address), part, progress, called=file)
        contents = examine(part, called=file)
        put(part, file, replace=replace)
    return contents


def _copy(engine: PostgresEngine, part: Path, progress: Progress, *, called: Path) -> None:
    try:
        with _snapshot(engine) as source, unflushed(part) as target:
            target.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(target, part, _steps(source, engine.name))
            target.execute("BEGIN")
            carry(PostgresTables(source), SqliteTables(target), progress)
            target.execute("COMMIT")
    except (sqlite3.Error, psycopg.Error) as error:
        known = store_error(error, called) or engine.error(error)
        raise known or NotWholeError(f"{engine.name} cannot be copied: {' '.join(str(error).split())}.") from error


@contextmanager
def _snapshot(engine: PostgresEngine) -> Iterator[Raw]:
    """The database as it is now, for as long as the block takes.

    Raises:
        StoreError, psycopg.Error: there is none.
    """
    with closing(engine.raw()) as source:
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        source.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        yield source


def _steps(source: Raw, name: str) -> list[tuple[int, str]]:
    """The migrations of SQLite that the database has had; those of both have the same numbers."""
    version = schema_version(source)
    if not version:
        raise NotADatabaseError(f"The database {name} has no tables of Hubbub's. Correct HUBBUB_DATABASE_URL.")
    check_version(version, name)
    return [step for step in migrations() if step[0] <= version]
