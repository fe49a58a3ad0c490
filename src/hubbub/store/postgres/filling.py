"""Fills a database that nobody else is at: in one transaction, so that it is as it was where anything goes wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from hubbub.store.backup import Progress
from hubbub.store.carrying import TABLES, TAIL, Carried, NotWholeError, carry
from hubbub.store.errors import LockedError, StoreError, store_error
from hubbub.store.log import select_change_range, select_epoch, select_head
from hubbub.store.postgres.connection import Raw
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.limits import CLAIM_SECONDS
from hubbub.store.postgres.prepare import one_row, prepare, relations, schema_version
from hubbub.store.postgres.presence import LOCK
from hubbub.store.postgres.tables import PostgresTables
from hubbub.store.sqlite_tables import SqliteTables


@contextmanager
def alone_in(engine: PostgresEngine) -> Iterator[Raw]:
    """A transaction in the database, which is kept at the end of the block, and while it lasts nobody may enter.

    Raises:
        LockedError: somebody is there.
        StoreError, psycopg.Error: it cannot be used.
    """
    with psycopg.connect(autocommit=True, **engine.parameters()) as target, target.transaction():
        # Whatever the role is set to: what is copied decides how long it takes.
        target.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        target.execute(f"SET LOCAL lock_timeout = {round(1000 * CLAIM_SECONDS)}".encode())
        try:
            target.execute(f"SELECT pg_advisory_xact_lock({LOCK})".encode())
        except psycopg.errors.LockNotAvailable as error:
            raise LockedError(
                f"The database {engine.name} is in use. Stop the servers on it, and any other command at it, and "
                "try again."
            ) from error
        yield target


def filled_tables(target: Raw) -> list[str]:
    """Those that hold what people made, of a database that is ours, of whatever version."""
    if not schema_version(target):
        return []
    there = set(relations(target))
    return [
        table for table in TABLES if table in there and one_row(target, f"SELECT EXISTS (SELECT 1 FROM {table})")[0]
    ]


def set_aside(target: Raw, now: datetime) -> str:
    """Put all that is there into a schema of its own, as it is and in no time; the name of that."""
    schema = f"replaced_{now:%Y%m%dt%H%M%Sz}"
    target.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for name in relations(target):
        # Also right for views: https://www.postgresql.org/docs/current/sql-alterview.html
        target.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(sql.Identifier(name), sql.Identifier(schema)))
    return schema


def fill(engine: PostgresEngine, target: Raw, source: sqlite3.Connection, progress: Progress) -> Carried:
    """Carry a file of this version into a database without tables, or with empty ones.

    Raises:
        StoreError, psycopg.Error, sqlite3.Error: it cannot be.
    """
    prepare(target, engine.name)
    carried = carry(SqliteTables(source), PostgresTables(target), progress)
    target.execute(f"ANALYZE {', '.join(TABLES)}".encode())  # or the first queries would be planned for empty tables
    return carried


def look_again(engine: PostgresEngine, carried: Carried) -> None:
    """At what was kept, as a server does that starts there.

    Raises:
        NotWholeError: it is another log.
    """
    connection = engine.connect()
    try:
        connection.begin_read()
        tail = select_change_range(connection, carried.epoch, max(0, carried.head - TAIL), carried.head)
        found = (select_epoch(connection), select_head(connection), max((change.id for change in tail), default=0))
    finally:
        connection.close()
    if found[:2] != (carried.epoch, carried.head) or found[2] > carried.head:
        raise NotWholeError(f"The database {engine.name} has another log than was put there: {found}. Report this.")


def meaning(error: Exception, path: Path, engine: PostgresEngine) -> StoreError:
    """What was wrong, for whoever copies a file into the database."""
    if isinstance(error, psycopg.DataError | UnicodeError) or (
        isinstance(error, sqlite3.OperationalError) and "UTF-8" in str(error)
    ):
        return NotWholeError(f"A text in {path} cannot be kept in PostgreSQL ({' '.join(str(error).split())}).")
    known = store_error(error, path) or engine.error(error)
    return known or NotWholeError(f"{path} cannot be copied to {engine.name}: {' '.join(str(error).split())}.")
