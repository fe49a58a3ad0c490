"""Statements, and what goes in and comes out."""

from __future__ import annotations

import psycopg
import pytest

from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.limits import CACHED_STATEMENTS


def test_texts_integers_and_nothing_go_in_and_come_out(connection: PostgresConnection) -> None:
    connection.execute("CREATE TABLE t (a BIGINT, b TEXT, c INTEGER)")
    rows = [(2**62, "ünï 🍵 '\\ %s ? :a", 1), (-1, "", None), (None, None, 0)]
    for row in rows:
        assert connection.execute("INSERT INTO t VALUES (?, ?, ?)", row).rowcount == 1
    found = connection.execute("SELECT a, b, c FROM t")
    assert found.fetchone() == rows[0]
    assert list(found) == rows[1:]
    assert found.fetchone() is None
    assert connection.execute("UPDATE t SET c = :c WHERE a < :a", {"a": 5, "c": 7, "more": 1}).rowcount == 1
    assert connection.execute("SELECT c FROM t WHERE a = ?", (-1,)).fetchall() == [(7,)]


def test_the_same_statement_is_prepared_once(connection: PostgresConnection) -> None:
    for number in range(3):
        assert connection.execute("SELECT ? + 0", (number,)).fetchone() == (number,)
    prepared = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1 + 0'")
    assert prepared.fetchone() == (1,)


def test_more_statements_than_are_kept_run_all_the_same(connection: PostgresConnection) -> None:
    for number in range(CACHED_STATEMENTS + 3):
        assert connection.execute(f"SELECT {number} + ?", (1,)).fetchone() == (number + 1,)


@pytest.mark.parametrize(("value", "error"), [("a\x00b", ValueError), ("\ud800", ValueError), (1.5, TypeError)])
def test_what_cannot_be_kept_is_refused_before_it_goes(
    connection: PostgresConnection, value: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        connection.execute("SELECT ?::text", (value,))
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_postgresql_refuses_has_its_class(connection: PostgresConnection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM nowhere")
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        connection.execute("SELECT head FROM about WHERE head = ?", ("many",))
