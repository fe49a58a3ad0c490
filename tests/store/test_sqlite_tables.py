"""SQLite's tables, read and filled."""

from __future__ import annotations

from contextlib import closing

from hubbub.store.log import select_head
from hubbub.store.sqlite_tables import SqliteTables
from tests.store.world import SqliteWorld, connect


def test_digits_become_integers_where_the_column_holds_those(sqlite_world: SqliteWorld) -> None:
    tables = SqliteTables(sqlite_world.connection)
    columns = tables.columns("former_epochs")
    assert columns == ["epoch", "last_id"]
    tables.fill("former_epochs", columns, [("11111111", "7")])
    with tables.rows("former_epochs", columns) as rows:
        assert list(rows) == [("11111111", 7)]
    assert tables.count("former_epochs") == 1
    assert tables.columns("no_such") == []


def test_the_log_goes_on_from_its_place_whatever_changes_there_are(sqlite_world: SqliteWorld) -> None:
    with closing(connect()) as empty:
        tables = SqliteTables(empty)
        for head in (7, 9):
            tables.set_place("11111111", head)
            assert tables.place() == ("11111111", head)
        assert select_head(empty) == 9
        assert tables.tail(0) == []
    first, second = (
        sqlite_world.change("user_changed", None),
        sqlite_world.change("user_changed", None, data='{"a":1}'),
    )
    (row,) = SqliteTables(sqlite_world.connection).tail(first)
    assert (row[0], row[1], row[-1]) == (second, "user_changed", '{"a":1}')
