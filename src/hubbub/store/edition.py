"""Whether anything was committed: one number, read without a thread hop; knows nothing of what is stored."""

from __future__ import annotations

import sqlite3
from contextlib import suppress


class Edition:
    """SQLite's `data_version`, on a connection of its own (https://www.sqlite.org/pragma.html#pragma_data_version).

    Any other connection's commit changes it, in this process or in another. What is read is the header of the
    write-ahead log, in shared memory, and nobody is waited for: the event loop may do it. It costs some 10 µs.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """`connection` must have no busy timeout, and is nobody else's."""
        self._connection = connection

    def now(self) -> int | None:
        """A number that stays as long as nobody commits; None when it cannot be told just now."""
        with suppress(sqlite3.Error):
            row: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
            return row[0]
        return None

    def close(self) -> None:
        """There is no number from here on."""
        self._connection.close()
