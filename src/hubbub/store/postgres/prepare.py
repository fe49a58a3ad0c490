"""Makes a database ours and brings its schema up to date, one numbered file and one transaction at a time.

The files are `migrations/0001_….sql` and so on, each the counterpart of SQLite's of that number.  `about.schema` is
the number of the last one that was run.  A file that was released is never changed.
"""

from __future__ import annotations

from typing import Any

import psycopg

from hubbub.store.connect import APPLICATION_ID
from hubbub.store.errors import NewerDatabaseError, NotADatabaseError, ServerTooOldError
from hubbub.store.migrate import migrations
from hubbub.store.postgres.limits import OLDEST_SERVER

_FOLDER = "postgres/migrations"
# Whoever makes or changes the schema holds this; the database lets it go with the transaction.
_LOCK = f"SELECT pg_advisory_xact_lock({APPLICATION_ID})"
_RELATIONS = b"""
SELECT relname FROM pg_class
WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
AND NOT EXISTS (
    SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
)
ORDER BY oid
"""

Raw = psycopg.Connection[tuple[Any, ...]]


def prepare(raw: Raw, name: str, steps: list[tuple[int, str]] | None = None) -> None:
    """Run what the database has not had yet.

    Raises:
        ServerTooOldError, NotADatabaseError, NewerDatabaseError: it is not for this code.
        psycopg.Error: a step failed; that step was rolled back, those before it stay.
    """
    if raw.info.server_version < OLDEST_SERVER:
        raise ServerTooOldError(
            f"The database {name} is of PostgreSQL {raw.info.server_version // 10_000}; "
            f"{OLDEST_SERVER // 10_000} or later is needed."
        )
    (encoding,) = one_row(raw, "SHOW server_encoding")
    if encoding != "UTF8":
        raise NotADatabaseError(
            f"The database {name} is in {encoding}, and cannot hold every text. "
            "Make one with `createdb --encoding UTF8`."
        )
    known = migrations(_FOLDER) if steps is None else steps
    newest = known[-1][0]
    for number, sql in known:
        with raw.transaction():
            raw.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")  # a change may take minutes
            raw.execute(_LOCK.encode())
            version = schema_version(raw)
            if version > newest:
                raise NewerDatabaseError(
                    f"The database {name} was written by a newer Hubbub (schema {version}, this one knows {newest}). "
                    "Install that version again, or restore a backup from before the upgrade."
                )
            if version == 0:
                _claim(raw, name)
            if version < number:
                raw.execute(sql.encode())
                raw.execute("UPDATE about SET schema = %s", (number,))


def schema_version(raw: Raw) -> int:
    """The number of the last step; 0 where there is nothing of ours."""
    (ours,) = one_row(
        raw,
        "SELECT count(*) FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = 'about' AND column_name = 'schema'",
    )
    version: int = one_row(raw, "SELECT schema FROM about")[0] if ours else 0
    return version


def relations(raw: Raw) -> list[str]:
    """The tables and views of our schema; what an extension has brought is nobody's data."""
    return [name for (name,) in raw.execute(_RELATIONS)]


def _claim(raw: Raw, name: str) -> None:
    if relations(raw):
        raise NotADatabaseError(
            f"The database {name} has tables of another program. Give Hubbub a database of its own, made with "
            "`createdb`."
        )


def one_row(raw: Raw, sql: str) -> tuple[Any, ...]:
    """What a statement says that always has a row."""
    row = raw.execute(sql.encode()).fetchone()
    assert row is not None  # noqa: S101  each of these has one
    return row
