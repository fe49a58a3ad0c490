"""SQLite's side of `carrying`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hubbub.store.carrying import TAIL_COLUMNS, Row
from hubbub.store.log import select_epoch, select_head


@dataclass(frozen=True)
class SqliteTables:
    """See `carrying.Tables`."""

    connection: sqlite3.Connection

    def columns(self, table: str) -> list[str]:
        """See `Tables.columns`."""
        return [row[1] for row in self.connection.execute(f"PRAGMA table_info({table})")]

    def count(self, table: str) -> int:
        """See `Tables.count`."""
        count: int = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return count

    @contextmanager
    def rows(self, table: str, columns: list[str]) -> Iterator[Iterator[Row]]:
        """See `Tables.rows`."""
        yield self.connection.execute(f"SELECT {', '.join(columns)} FROM {table}")

    def fill(self, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        """See `Tables.fill`; the columns are typed, so that digits become integers."""
        places = ", ".join("?" * len(columns))
        self.connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    def place(self) -> tuple[str, int]:
        """See `Tables.place`."""
        return select_epoch(self.connection), select_head(self.connection)

    def set_place(self, epoch: str, head: int) -> None:
        """See `Tables.set_place`."""
        self.connection.execute("UPDATE about SET epoch = ?", (epoch,))
        # SQLite's own counter, https://www.sqlite.org/autoinc.html
        self.connection.execute("DELETE FROM sqlite_sequence WHERE name = 'changes'")
        self.connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('changes', ?)", (head,))

    def tail(self, after_id: int) -> list[Row]:
        """See `Tables.tail`."""
        return self.connection.execute(
            f"SELECT {TAIL_COLUMNS} FROM changes WHERE id > ? ORDER BY id", (after_id,)
        ).fetchall()
