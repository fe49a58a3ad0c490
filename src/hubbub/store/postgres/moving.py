"""Moves a server from its SQLite file into a PostgreSQL database: all of it, or nothing.

The log keeps its epoch and its ids, so every cursor that a client has is good at the new place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from hubbub.store.backup import Progress
from hubbub.store.carrying import ABOUT, TABLES, Carried
from hubbub.store.connect import APPLICATION_ID
from hubbub.store.errors import StoreError
from hubbub.store.integrity import select_problems
from hubbub.store.migrate import migrations
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.filling import alone_in, fill, filled_tables, look_again, meaning
from hubbub.store.restore import exclusive


class MoveError(StoreError):
    """It cannot be moved whole; nothing was."""


def move(path: Path, address: PostgresAddress, progress: Progress) -> Carried:
    """Copy everything in one transaction, compared before it is kept.  The file is left as it is.

    Raises:
        StoreError: why not, and what to do.  The database is as it was.
    """
    engine = PostgresEngine(address)
    try:
        with _source(path) as source, alone_in(engine) as target:
            filled = filled_tables(target)
            if filled:
                raise MoveError(
                    f"The database {engine.name} is not empty: there are {', '.join(filled)}. Give one that is."
                )
            moved = fill(engine, target, source, progress)
        look_again(engine, moved)
    except (sqlite3.Error, psycopg.Error, UnicodeError) as error:
        raise meaning(error, path, engine) from error
    return moved


@contextmanager
def _source(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, with nobody else at it until the end.

    Raises:
        StoreError: it is not there, in use, damaged, or of another version or program.
    """
    if not path.is_file():
        raise MoveError(f"There is no database {path}. Give the file that the server has used.")
    with closing(exclusive(path)) as source:
        source.execute("BEGIN")
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
        if kind == "table" and name not in (*TABLES, *ABOUT) and not name.startswith("sqlite_")
    }
    if unknown:
        raise MoveError(f"The database {path} has tables that nobody knows here: {', '.join(sorted(unknown))}.")
