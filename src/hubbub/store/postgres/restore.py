"""Putting a backup in the place of what a PostgreSQL database holds, when nobody is there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from hubbub.domain.cursors import encode_cursor
from hubbub.store.backup import Progress
from hubbub.store.contents import Contents
from hubbub.store.errors import NotADatabaseError, OccupiedError
from hubbub.store.log import begin_epoch, select_head
from hubbub.store.placing import part_of
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.filling import alone_in, fill, filled_tables, look_again, meaning, set_aside
from hubbub.store.postgres.prepare import prepare, schema_version
from hubbub.store.restore import renew

_PLACE = "restore.db"  # of the copy that is made of the backup, which is left as it is


@dataclass(frozen=True, slots=True)
class Restored:
    """What was in the backup; `aside` is the schema that has what was there, if there was something."""

    contents: Contents
    aside: str | None


def restore(
    backup: Path, address: PostgresAddress, folder: Path, *, replace: bool, now: datetime, progress: Progress
) -> Restored:
    """Make the database what `backup` holds, in one transaction; a copy of that is made in `folder` meanwhile.

    The log gets a new epoch, so that cursors from after the backup are gone, and those from before it stay good. What
    was there before is kept in a schema with `now` in its name.

    Raises:
        OccupiedError: there is something, and `replace` is false.
        LockedError: a server, or anybody else, is at the database.
        StoreError: the backup or the database cannot be used; the text says why, and all is as it was.
    """
    engine = PostgresEngine(address)
    try:
        with part_of(folder / _PLACE) as part:
            with alone_in(engine) as target:
                there = [] if replace else filled_tables(target)
                if there:
                    raise OccupiedError(
                        f"The database {engine.name} is not empty: there are {', '.join(there)}. Choose another, or "
                        "replace it with --replace."
                    )
                contents = renew(backup, part, lambda _left, _total: None, called=folder / _PLACE)
                aside = set_aside(target, now) if replace and schema_version(target) else None
                with closing(sqlite3.connect(part)) as source:
                    restored = fill(engine, target, source, progress)
            look_again(engine, restored)
    except (sqlite3.Error, psycopg.Error, UnicodeError) as error:
        raise meaning(error, backup, engine) from error
    return Restored(contents, aside)


def rename_log(address: PostgresAddress) -> str:
    """See `store.restore.rename_log`; such as after `pg_restore` or point-in-time recovery.

    Raises:
        LockedError: a server, or anybody else, is at the database.
        StoreError: the database cannot be used; the text says why.
    """
    engine = PostgresEngine(address)
    try:
        with alone_in(engine) as target:
            if not schema_version(target):
                raise NotADatabaseError(f"The database {engine.name} has no tables of Hubbub's.")
            prepare(target, engine.name)
            connection = PostgresConnection(engine.name, lambda: target, engine.outage)
            return encode_cursor(begin_epoch(connection), select_head(connection))
    except psycopg.Error as error:
        raise engine.error(error) or error from error
