"""Who is at a database: each connection of ours holds a lock, shared, which whoever puts another log there has alone.

That is what SQLite's lock bytes are to a file.  A process that was cut off has let go of all of them, and may find
another log when it is back: it must not go on with the epoch of the old one, or cursors would lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from hubbub.store.connect import APPLICATION_ID
from hubbub.store.errors import ReplacedError

# One of the schema's own, https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
LOCK = f"{APPLICATION_ID}, hashtext(current_schema())"
ENTER = f"SELECT pg_advisory_lock_shared({LOCK})".encode()
EPOCH = b"SELECT epoch FROM about"

Raw = psycopg.Connection[tuple[Any, ...]]


@dataclass
class Presence:
    """Of one process; `epoch` is that of its log, as soon as it is known."""

    epoch: str | None = None

    def enter(self, raw: Raw, name: str) -> None:
        """Be there for as long as the connection lasts.

        Raises:
            ReplacedError: it is another log than before.
            psycopg.Error: somebody has the database alone, for longer than `lock_timeout`.
        """
        raw.execute(ENTER)
        if self.epoch is not None:
            check_epoch(raw.execute(EPOCH).fetchone(), self.epoch, name)


def check_epoch(found: tuple[Any, ...] | None, epoch: str, name: str) -> None:
    """Let the row that `EPOCH` gives pass if it names the log of this process.

    Raises:
        ReplacedError: it does not.
    """
    if found != (epoch,):
        raise ReplacedError(
            f"The database {name} holds another log than when this process was started: it was restored. "
            "Start the process again."
        )
