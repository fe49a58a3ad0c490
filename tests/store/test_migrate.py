"""Bringing a database forward."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubbub.store.errors import NewerDatabaseError
from hubbub.store.migrate import migrate, migrations

PATH = Path("hubbub.db")
FIRST = (1, "CREATE TABLE one (x TEXT);")
SECOND = (
    2,
    """
    -- A trigger has semicolons inside; so has this comment.
    CREATE TABLE two (x TEXT);
    CREATE TRIGGER copy AFTER INSERT ON one BEGIN
        INSERT INTO two VALUES (new.x);
        INSERT INTO two VALUES (new.x || '; again');
    END;
    INSERT INTO one VALUES ('a')  -- without a semicolon at the end
    """,
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def version(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_the_files_are_numbered_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_new_database_gets_everything_and_an_up_to_date_one_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection, PATH)
    assert version(connection) == len(migrations())
    epoch = connection.execute("SELECT epoch FROM about").fetchone()
    migrate(connection, PATH)
    assert connection.execute("SELECT epoch FROM about").fetchone() == epoch


def test_steps_are_taken_from_where_the_database_is(connection: sqlite3.Connection) -> None:
    migrate(connection, PATH, [FIRST])
    migrate(connection, PATH, [(1, "CREATE TABLE never (x TEXT);"), SECOND])
    assert tables(connection) == {"one", "two"}
    assert connection.execute("SELECT x FROM two").fetchall() == [("a",), ("a; again",)]
    assert version(connection) == 2


def test_a_step_that_fails_leaves_those_before_it(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, PATH, [FIRST, (2, "CREATE TABLE half (x TEXT);\nCREATE TABLE half (x TEXT);")])
    assert not connection.in_transaction
    assert (version(connection), tables(connection)) == (1, {"one"})


def test_a_step_that_another_process_took_meanwhile_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "hubbub.db"
    with_lock = sqlite3.connect(path, isolation_level=None)
    waiting = sqlite3.connect(path, isolation_level=None)
    try:

        def meanwhile(statement: str) -> None:
            if statement == "BEGIN IMMEDIATE" and version(with_lock) == 0:
                migrate(with_lock, path, [FIRST])

        waiting.set_trace_callback(meanwhile)
        migrate(waiting, path, [FIRST])
        assert version(waiting) == 1
    finally:
        waiting.close()
        with_lock.close()


def test_a_newer_database_is_left_alone(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 1000")
    with pytest.raises(NewerDatabaseError, match=r"hubbub\.db was written by a newer Hubbub \(schema 1000"):
        migrate(connection, PATH)
    assert tables(connection) == set()
