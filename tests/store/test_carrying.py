"""All of a database arrives, or it is said what did not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from hubbub.store import carrying
from hubbub.store.carrying import ABOUT, TABLES, NotWholeError, Row, carry
from hubbub.store.connect import connect_writer
from hubbub.store.limits import StoreLimits
from hubbub.store.sqlite_tables import SqliteTables
from tests.store.copying import unwatched
from tests.store.world import SqliteWorld, connect


@pytest.fixture
def source(sqlite_world: SqliteWorld) -> SqliteTables:
    """Five changes, a message in each of the last three."""
    sqlite_world.user("a")
    sqlite_world.room("r1")
    sqlite_world.join("r1", "a")
    sqlite_world.change("user_changed", None)
    for _ in range(3):
        sqlite_world.post("r1", "a")
    return SqliteTables(sqlite_world.connection)


class Lossy(SqliteTables):
    """The last message is lost on the way."""

    def fill(self, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        super().fill(table, columns, list(rows)[:-1] if table == "messages" else rows)


class Careless(SqliteTables):
    """Counts are right, and what is written is not."""

    def fill(self, table: str, columns: list[str], rows: Iterable[Row]) -> None:
        super().fill(table, columns, rows)
        if table == "changes":
            self.connection.execute("UPDATE changes SET type = 'room_deleted' WHERE id = 4")


def test_every_row_arrives_with_the_name_and_the_numbers_of_the_log(source: SqliteTables) -> None:
    with closing(connect()) as empty:
        target = SqliteTables(empty)
        carried = carry(source, target, unwatched)
        assert (carried.epoch, carried.head) == target.place() == source.place()
        assert (carried.rows["messages"], carried.rows["changes"], carried.rows["answers"]) == (3, 5, 0)
        for table in TABLES:
            columns = source.columns(table)
            with source.rows(table, columns) as before, target.rows(table, columns) as after:
                assert list(before) == list(after)
        assert empty.execute("PRAGMA foreign_key_check").fetchall() == []


def test_nothing_that_holds_a_server_is_left_behind(path: Path) -> None:
    with closing(connect_writer(path, "off", StoreLimits())) as connection:
        there = {name for _, name, kind, *_ in connection.execute("PRAGMA table_list") if kind == "table"}
    assert {name for name in there if not name.startswith("sqlite_")} == {*TABLES, *ABOUT}


@pytest.mark.parametrize(
    ("kind", "told"), [(Lossy, "Of messages there are 3 rows, and 2"), (Careless, "end of the log")]
)
def test_what_did_not_arrive_is_told(source: SqliteTables, kind: type[SqliteTables], told: str) -> None:
    with closing(connect()) as empty, pytest.raises(NotWholeError, match=told):
        carry(source, kind(empty), unwatched)


def test_whoever_watches_hears_how_much_is_left(source: SqliteTables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "ROWS_AT_ONCE", 2)
    heard: list[tuple[int, int]] = []
    with closing(connect()) as empty:
        rows = sum(carry(source, SqliteTables(empty), lambda left, total: heard.append((left, total))).rows.values())
    assert heard[-1] == (0, rows)
    assert {total for _, total in heard} == {rows}
    assert [left for left, _ in heard] == sorted((left for left, _ in heard), reverse=True)
    assert set(range(0, rows, 2)) <= {rows - left for left, _ in heard} | {0}


def test_a_table_that_an_older_schema_lacks_is_passed_over(source: SqliteTables) -> None:
    with closing(connect()) as empty:
        for connection in (source.connection, empty):
            connection.execute("DROP TABLE former_epochs")
        assert "former_epochs" not in carry(source, SqliteTables(empty), unwatched).rows


def test_what_a_database_says_comes_out(source: SqliteTables) -> None:
    with closing(connect()) as target:
        carry(source, SqliteTables(target), unwatched)
        with pytest.raises(sqlite3.IntegrityError):
            carry(source, SqliteTables(target), unwatched)
