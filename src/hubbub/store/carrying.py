"""Carries everything from one database of ours into another, whichever engine each has, and compares it.

Knows no engine, and neither begins nor ends a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from hubbub.store.backup import Progress
from hubbub.store.errors import StoreError

Row = tuple[Any, ...]

# What holds a server, each behind what it refers to.  Not the index of words, which each engine has in its own way:
# the server that starts on the new database fills it.
TABLES = (
    "users", "sessions", "invites", "rooms", "members", "spans", "messages", "reactions", "changes", "answers",
    "former_epochs",
)  # fmt: skip
ABOUT = ("about", "search_state")  # of the database itself; `carry` sets what has to be the same
TAIL_COLUMNS = "id, type, room_id, actor_id, at, message_id, data"
TAIL = 1_000  # changes that are compared one by one: the part that clients come back for
ROWS_AT_ONCE = 4_096  # between two looks at how far it is


class NotWholeError(StoreError):
    """What has arrived is not what was there."""


class Tables(Protocol):
    """A database in a transaction, to be read or to be filled."""

    def columns(self, table: str) -> list[str]:
        """In their order; none where there is no such table."""

    def count(self, table: str) -> int:
        """How many rows."""

    def rows(self, table: str, columns: list[str]) -> AbstractContextManager[Iterator[Row]]:
        """All of them, few in memory at once.  An integer may be given as its digits."""

    def fill(self, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        """Put rows into a table that has none."""

    def place(self) -> tuple[str, int]:
        """The epoch of the log, and the id of its newest change."""

    def set_place(self, epoch: str, head: int) -> None:
        """Have the log go on from there."""

    def tail(self, after_id: int) -> list[Row]:
        """`TAIL_COLUMNS` of the changes behind that one."""


@dataclass(frozen=True)
class Carried:
    """What has arrived: {table: rows}, and where the log stands."""

    rows: dict[str, int]
    epoch: str
    head: int


def carry(source: Tables, target: Tables, progress: Progress) -> Carried:
    """Copy every row, with the name of the log and its ids, so that every cursor is good at the new place.

    Raises:
        NotWholeError: something did not arrive.
        Exception: what either database says.
    """
    rows = {table: source.count(table) for table in TABLES if source.columns(table)}
    total, done = sum(rows.values()), 0
    for table, count in rows.items():
        columns = source.columns(table)
        with source.rows(table, columns) as each:
            target.fill(table, columns, _watched(each, done, total, progress))
        done += count
        progress(total - done, total)
    epoch, head = source.place()
    target.set_place(epoch, head)
    _compare(source, target, rows, head)
    return Carried(rows, epoch, head)


def _watched(rows: Iterator[Row], done: int, total: int, progress: Progress) -> Iterator[Row]:
    for number, row in enumerate(rows, start=done + 1):
        if number % ROWS_AT_ONCE == 0:
            progress(total - number, total)
        yield row


def _compare(source: Tables, target: Tables, rows: dict[str, int], head: int) -> None:
    for table, count in rows.items():
        arrived = target.count(table)
        if arrived != count:
            raise NotWholeError(f"Of {table} there are {count} rows, and {arrived} have arrived. Report this.")
    if source.tail(head - TAIL) != target.tail(head - TAIL):
        raise NotWholeError("The end of the log is not the same at both places. Report this.")
