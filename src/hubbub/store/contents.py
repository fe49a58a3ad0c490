"""What a database holds, and whether all of it is sound: for a copy that somebody is going to rely on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hubbub.domain.cursors import encode_cursor
from hubbub.store.connect import APPLICATION_ID, select_application_id
from hubbub.store.errors import CorruptError, NewerDatabaseError, NotADatabaseError, store_error
from hubbub.store.integrity import select_problems
from hubbub.store.log import select_epoch, select_head
from hubbub.store.migrate import migrations, select_version


@dataclass(frozen=True, slots=True)
class Contents:
    """`cursor` is the place behind the newest change; `size` is that of the file, in bytes."""

    messages: int
    changes: int
    cursor: str
    size: int


def examine(path: Path, called: Path | None = None) -> Contents:
    """Read all of a file that nobody writes to; errors name it as `called`, where that is what people know it by.

    Raises:
        StoreError: it is damaged, no database of Hubbub's, or one of a newer Hubbub's.
    """
    name = called or path
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            check_kind(connection, name)
            problems = select_problems(connection, thorough=True)
            if problems:
                raise CorruptError(f"The database {name} is damaged ({problems[0]}). Use another backup.")
            return _contents(connection, path.stat().st_size)
    except sqlite3.Error as error:
        failure = store_error(error, name)
        if failure is None:
            raise
        raise failure from error


def check_kind(connection: sqlite3.Connection, name: Path) -> None:
    """Let a database pass that this version of Hubbub can read.

    Raises:
        NotADatabaseError, NewerDatabaseError: it is none.
        sqlite3.Error: it cannot be read.
    """
    if select_application_id(connection) != APPLICATION_ID:
        raise NotADatabaseError(f"The file {name} is no database of Hubbub's. Name one that `hubbub backup` has made.")
    check_version(select_version(connection), name)


def check_version(version: int, name: Path | str) -> None:
    """Let a schema pass that this version of Hubbub knows.

    Raises:
        NewerDatabaseError: it does not.
    """
    newest = migrations()[-1][0]
    if version > newest:
        raise NewerDatabaseError(
            f"The database {name} was written by a newer Hubbub (schema {version}, this one knows {newest}). "
            "Install that version, and do it with that."
        )


def _contents(connection: sqlite3.Connection, size: int) -> Contents:
    (messages,) = connection.execute("SELECT count(*) FROM messages").fetchone()
    (changes,) = connection.execute("SELECT count(*) FROM changes").fetchone()
    cursor = encode_cursor(select_epoch(connection), select_head(connection))
    return Contents(messages=messages, changes=changes, cursor=cursor, size=size)
