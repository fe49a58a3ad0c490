"""PostgreSQL's tables, read and filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.prepare import prepare
from hubbub.store.postgres.tables import PostgresTables

HOSTILE = "tab\tnewline\n return\r backslash \\ \\N \\. 🍵"


@pytest.fixture
def tables(engine: PostgresEngine) -> Iterator[PostgresTables]:
    with closing(engine.raw()) as raw:
        prepare(raw, "x")
        yield PostgresTables(raw)


def test_every_text_comes_out_as_it_went_in_and_an_integer_as_its_digits(tables: PostgresTables) -> None:
    columns = tables.columns("changes")
    assert columns == ["id", "type", "room_id", "actor_id", "at", "message_id", "data"]
    went_in = [(7, "a", None, "", HOSTILE, "\\N", "NULL"), ("8", "b", "r", "a", "", None, "{}")]
    tables.fill("changes", columns, went_in)
    with tables.rows("changes", columns) as rows:
        assert list(rows) == [tuple(each if each is None else str(each) for each in row) for row in went_in]
    assert tables.count("changes") == 2
    assert tables.columns("no_such") == []
    assert tables.tail(7) == [(8, "b", "r", "a", "", None, "{}")]


def test_rows_that_nobody_reads_to_the_end_leave_the_connection_as_it_was(tables: PostgresTables) -> None:
    columns = tables.columns("former_epochs")
    tables.fill("former_epochs", columns, [(f"{number:08}", number) for number in range(1_000)])

    def break_off() -> None:
        with tables.rows("former_epochs", columns) as rows:
            next(rows)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert tables.count("former_epochs") == 1_000


def test_the_log_goes_on_from_its_place(tables: PostgresTables) -> None:
    tables.set_place("11111111", 7)
    assert tables.place() == ("11111111", 7)
