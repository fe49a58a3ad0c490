"""PostgreSQL's side of `carrying`: COPY, which streams, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hubbub.store.carrying import TAIL_COLUMNS, Row
from hubbub.store.postgres.connection import Raw
from hubbub.store.postgres.prepare import one_row


@dataclass(frozen=True)
class PostgresTables:
    """See `carrying.Tables`."""

    raw: Raw

    def columns(self, table: str) -> list[str]:
        """See `Tables.columns`."""
        found = self.raw.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position",
            (table,),
        )
        return [name for (name,) in found]

    def count(self, table: str) -> int:
        """See `Tables.count`."""
        count: int = one_row(self.raw, f"SELECT count(*) FROM {table}")[0]
        return count

    @contextmanager
    def rows(self, table: str, columns: list[str]) -> Iterator[Iterator[Row]]:
        """See `Tables.rows`; every value is a text."""
        statement = f"COPY {table} ({', '.join(columns)}) TO STDOUT"
        with self.raw.cursor().copy(statement.encode()) as copy:
            yield copy.rows()

    def fill(self, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        """See `Tables.fill`."""
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self.raw.cursor().copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def place(self) -> tuple[str, int]:
        """See `Tables.place`."""
        epoch, head = one_row(self.raw, "SELECT epoch, head FROM about")
        return epoch, head

    def set_place(self, epoch: str, head: int) -> None:
        """See `Tables.set_place`."""
        self.raw.execute("UPDATE about SET epoch = %s, head = %s", (epoch, head))

    def tail(self, after_id: int) -> list[Row]:
        """See `Tables.tail`."""
        statement = f"SELECT {TAIL_COLUMNS} FROM changes WHERE id > %s ORDER BY id"
        return self.raw.execute(statement.encode(), (after_id,)).fetchall()
