"""What PostgreSQL's errors mean for the store."""

from __future__ import annotations

import psycopg

from hubbub.store.errors import (
    CannotOpenError,
    CorruptError,
    DiskError,
    DiskFullError,
    LockedError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
)

# {SQLSTATE, or the class that it begins with: (class, what happened and what to do)},
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_MEANINGS: dict[str, tuple[type[StoreError], str]] = {
    "08": (UnreachableError, "cannot be reached just now."),
    "25006": (ReadOnlyError, "cannot be written. Give the address of the primary."),
    "25P03": (UnreachableError, "has ended a transaction that stood still."),
    "28": (CannotOpenError, "does not let us in. Check the user and the password in HUBBUB_DATABASE_URL."),
    "3D000": (CannotOpenError, "is not there. Make it with `createdb`, or correct HUBBUB_DATABASE_URL."),
    "42501": (CannotOpenError, "does not let us do this. Make our user the owner of the database."),
    "53100": (DiskFullError, "has no room left on its disk. Free some space; nothing that was acknowledged is lost."),
    "53200": (UnreachableError, "has no memory left. Look for what takes it."),
    "53300": (UnreachableError, "has no connection left. Raise its `max_connections`."),
    "55P03": (LockedError, "is held by another process that writes. Look in pg_stat_activity for one that hangs."),
    "57014": (LockedError, "took too long. Look in pg_stat_activity for what it waits for."),
    "57P": (UnreachableError, "is stopping or starting."),
    "58": (DiskError, "could not read or write its files. Look into its log and for disk errors."),
    "XX001": (CorruptError, "is damaged. Stop the server, keep a copy of its files, and restore the latest backup."),
    "XX002": (CorruptError, "has a damaged index. Stop the server, and rebuild it with REINDEX."),
}


def postgres_error(error: BaseException, name: str) -> StoreError | None:
    """What `error` says about the database as a whole; None when it only concerns one statement."""
    if isinstance(error, StoreError):
        return error
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate or ""
    for length in (5, 3, 2):
        if state[:length] in _MEANINGS:
            kind, meaning = _MEANINGS[state[:length]]
            return kind(f"The database {name} {meaning} ({_brief(error)})")
    if isinstance(error, psycopg.OperationalError) and not state:
        # What libpq says of itself, of a connection that cannot be made or has broken.
        return UnreachableError(
            f"The database {name} cannot be reached. Check that it runs, and HUBBUB_DATABASE_URL. ({_brief(error)})"
        )
    return None


def _brief(error: psycopg.Error) -> str:
    return " ".join(str(error).split())
