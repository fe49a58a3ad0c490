"""Brings a database forward to the schema of this code, one numbered file and one transaction at a time.

The files are `migrations/0001_….sql` and so on; `PRAGMA user_version` is the number of the last one that was run.  A
file that was released is never changed.  In a file every statement begins on a line of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from hubbub.store.errors import NewerDatabaseError


def migrations(folder_name: str = "migrations") -> list[tuple[int, str]]:
    """(number, SQL) of each in a folder of this package, in order."""
    folder = files("hubbub.store").joinpath(folder_name)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name.partition("_")[0]), folder.joinpath(name).read_text("utf-8")) for name in names]


def migrate(connection: sqlite3.Connection, path: Path, steps: list[tuple[int, str]] | None = None) -> None:
    """Run what the database has not had yet.

    Raises:
        NewerDatabaseError: it has had more than this code knows.
        sqlite3.Error: a step failed; that step was rolled back, those before it stay.
    """
    known = migrations() if steps is None else steps
    newest = known[-1][0]
    version = select_version(connection)
    if version > newest:
        raise NewerDatabaseError(
            f"The database {path} was written by a newer Hubbub (schema {version}, this one knows {newest}). "
            "Install that version again, or restore a backup from before the upgrade."
        )
    for number, sql in known:
        if number > version:
            _step(connection, number, sql)


def _step(connection: sqlite3.Connection, number: int, sql: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited for the lock.
        if select_version(connection) < number:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def select_version(connection: sqlite3.Connection) -> int:
    """The number of the last step that the database has had."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _statements(sql: str) -> Iterator[str]:
    # Not `executescript`: it commits the open transaction first.
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    yield statement
