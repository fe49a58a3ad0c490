"""Moves a server from its SQLite file into a PostgreSQL database: all of it, or nothing.

The log keeps its epoch and its ids, so every cursor that a client has is good at the new place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from hubbub.store.connect import APPLICATION_ID
from hubbub.store.errors import StoreError, store_error
from hubbub.store.integrity import select_problems
from hubbub.store.log import select_change_range, select_epoch, select_head
from hubbub.store.migrate import migrations
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import Raw
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.listening import LOCK_OF_SERVERS
from hubbub.store.postgres.prepare import prepare

# What holds a server, each behind what it refers to.
TABLES = (
    "users", "sessions", "invites", "rooms", "members", "spans", "messages", "reactions", "changes", "answers",
    "former_epochs",
)  # fmt: skip
# `about` goes apart; the index of words is another here, and the server that starts there fills it.
_OTHERS = ("about", "search_state")
TAIL = 1_000  # changes that are compared one by one: the part that clients come back for


class MoveError(StoreError):
    """It cannot be moved whole; nothing was."""


@dataclass(frozen=True)
class Moved:
    """What there is at the new place: {table: rows}, and where the log stands."""

    rows: dict[str, int]
    epoch: str
    head: int


def move(path: Path, address: PostgresAddress, tell: Callable[[str, int], None]) -> Moved:
    """Copy everything in one transaction, compared before it is kept.  `tell` hears of each table and its rows.

    The file is left as it is.

    Raises:
        StoreError: why not, and what to do.  The database is as it was, but may have empty tables.
    """
    engine = PostgresEngine(address)
    try:
        with _source(path) as source, psycopg.connect(autocommit=True, **engine.parameters()) as target:
            prepare(target, engine.name)
            with target.transaction():
                target.execute("SET LOCAL statement_timeout = 0")
                _claim(target, engine.name)
                rows = {}
                for table in TABLES:
                    rows[table] = _copy(source, target, table)
                    tell(table, rows[table])
                epoch, head = select_epoch(source), select_head(source)
                target.execute("UPDATE about SET epoch = %s, head = %s", (epoch, head))
                _compare(source, target, rows, head)
            target.execute("ANALYZE")
    except (sqlite3.Error, psycopg.Error, UnicodeError) as error:
        raise _meaning(error, path, engine) from error
    moved = Moved(rows, epoch, head)
    _look_again(engine, moved)
    return moved


@contextmanager
def _source(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, with nobody else at it until the end.

    Raises:
        MoveError: it is not there, in use, damaged, or of another version or program.
    """
    if not path.is_file():
        raise MoveError(f"There is no database {path}. Give the file that the server has used.")
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None)) as source:
        source.execute("PRAGMA busy_timeout = 0")
        # Refused while another process has the file open, even one that only reads.
        # https://www.sqlite.org/pragma.html#pragma_locking_mode
        source.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            source.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise MoveError(
                f"The database {path} is in use. Stop the server first, and whatever else reads it."
            ) from error
        _check_source(source, path)
        yield source
        source.execute("ROLLBACK")


def _check_source(source: sqlite3.Connection, path: Path) -> None:
    if source.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise MoveError(f"The database {path} belongs to another program.")
    (schema,), newest = source.execute("PRAGMA user_version").fetchone(), migrations()[-1][0]
    if schema != newest:
        raise MoveError(
            f"The database {path} has schema {schema}, and this version {newest}. Start a server of this version on "
            "the file once, stop it, and try again; or use the version that wrote it."
        )
    if problems := select_problems(source):
        raise MoveError(f"The database {path} is damaged ({problems[0]}). Restore the latest backup, and move that.")
    # Virtual tables are indexes, and are made anew from what they index.
    unknown = {
        name
        for _, name, kind, *_ in source.execute("PRAGMA table_list")
        if kind == "table" and name not in (*TABLES, *_OTHERS) and not name.startswith("sqlite_")
    }
    if unknown:
        raise MoveError(f"The database {path} has tables that nobody knows here: {', '.join(sorted(unknown))}.")


def _claim(target: Raw, name: str) -> None:
    """Keep everybody out until the end.

    Raises:
        MoveError: a server runs there, or something is there.
    """
    (alone,) = _one(target, f"SELECT pg_try_advisory_xact_lock({LOCK_OF_SERVERS})")
    if not alone:
        raise MoveError(f"A server runs on the database {name}. Stop it first.")
    target.execute("SELECT head FROM about FOR UPDATE")
    filled = [table for table in TABLES if _one(target, f"SELECT EXISTS (SELECT 1 FROM {table})")[0]]
    if filled:
        raise MoveError(f"The database {name} is not empty: there are {', '.join(filled)}. Give one that is.")


def _copy(source: sqlite3.Connection, target: Raw, table: str) -> int:
    columns = ", ".join(row[1] for row in source.execute(f"PRAGMA table_info({table})"))
    count = 0
    with target.cursor().copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
        for row in source.execute(f"SELECT {columns} FROM {table}"):
            copy.write_row(row)
            count += 1
    return count


def _compare(source: sqlite3.Connection, target: Raw, rows: dict[str, int], head: int) -> None:
    for table, count in rows.items():
        counting = f"SELECT count(*) FROM {table}"
        (here,), (there,) = source.execute(counting).fetchone(), _one(target, counting)
        if not there == here == count:
            raise MoveError(f"Of {table} there are {here} rows, and {there} have arrived. Report this.")
    columns = "id, type, room_id, actor_id, at, message_id, data"
    tail = f"SELECT {columns} FROM changes WHERE id > {head - TAIL} ORDER BY id"
    if source.execute(tail).fetchall() != target.execute(tail.encode()).fetchall():
        raise MoveError("The end of the log is not the same at both places. Report this.")


def _look_again(engine: PostgresEngine, moved: Moved) -> None:
    """As a server does that starts there."""
    connection = engine.connect()
    try:
        connection.begin_read()
        tail = select_change_range(connection, moved.epoch, max(0, moved.head - TAIL), moved.head)
        found = (select_epoch(connection), select_head(connection), max((change.id for change in tail), default=0))
    finally:
        connection.close()
    if found[:2] != (moved.epoch, moved.head) or found[2] > moved.head:
        raise MoveError(f"The database {engine.name} has another log than was moved there: {found}. Report this.")


def _meaning(error: Exception, path: Path, engine: PostgresEngine) -> StoreError:
    if isinstance(error, psycopg.DataError | UnicodeError) or (
        isinstance(error, sqlite3.OperationalError) and "UTF-8" in str(error)
    ):
        return MoveError(f"A text in {path} cannot be kept in PostgreSQL ({' '.join(str(error).split())}).")
    meaning = store_error(error, path) or engine.error(error)
    return meaning or MoveError(f"{path} cannot be moved to {engine.name}: {' '.join(str(error).split())}.")


def _one(target: Raw, sql: str) -> tuple[Any, ...]:
    row = target.execute(sql.encode()).fetchone()
    assert row is not None  # noqa: S101  each of these has one
    return row
