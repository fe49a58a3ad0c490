"""Making a database ours, and bringing it forward."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from hubbub.store.errors import NewerDatabaseError, NotADatabaseError, ServerTooOldError
from hubbub.store.migrate import migrations
from hubbub.store.postgres import prepare as module
from hubbub.store.postgres.connection import Raw
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.prepare import prepare, schema_version
from tests.store.world import connect

STEPS = [*migrations("postgres/migrations"), (1001, "CREATE TABLE more (a INTEGER); INSERT INTO more VALUES (1)")]
COLUMNS = (
    "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()"
)


def test_a_database_without_tables_becomes_ours_once(engine: PostgresEngine) -> None:
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        assert schema_version(raw) == 0
        prepare(raw, "x")
        (first,) = raw.execute("SELECT epoch FROM about").fetchall()
        prepare(raw, "x")
        assert schema_version(raw) == migrations()[-1][0]
        assert raw.execute("SELECT epoch FROM about").fetchall() == [first]


def test_each_step_has_its_counterpart_and_makes_the_same_columns(engine: PostgresEngine) -> None:
    assert [number for number, _ in migrations("postgres/migrations")] == [number for number, _ in migrations()]
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        prepare(raw, "x")
        ours = {name for (name,) in raw.execute(COLUMNS.encode())}
    sqlite = connect()
    tables = [name for _, name, kind, *_ in sqlite.execute("PRAGMA table_list") if kind == "table"]
    theirs = {f"{table}.{column[1]}" for table in tables for column in sqlite.execute(f"PRAGMA table_info({table})")}
    sqlite.close()
    # SQLite keeps the one in a table of its own, and the other in the head of the file; its index of words is virtual.
    assert ours - {"about.head", "about.schema", "search.place", "search.words"} == {
        name for name in theirs if not name.startswith("sqlite_")
    }


def test_texts_sort_by_their_bytes(engine: PostgresEngine) -> None:
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        assert raw.execute("SELECT 'a' < 'B'").fetchone() == (True,), "the database has the order of a language"
        prepare(raw, "x")
        unsorted = raw.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        )
        assert unsorted.fetchall() == []


def test_processes_that_start_together_take_each_step_once(engine: PostgresEngine) -> None:
    def start(_: int) -> int:
        with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
            prepare(raw, "x", STEPS)
            return schema_version(raw)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(start, range(4))) == {1001}
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        assert raw.execute("SELECT a FROM more").fetchall() == [(1,)]


def test_a_step_that_fails_leaves_those_before_it(engine: PostgresEngine) -> None:
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        with pytest.raises(psycopg.errors.SyntaxError):
            prepare(raw, "x", [*STEPS, (1002, "CREATE TABLE last (a INTEGER); NONSENSE")])
        assert schema_version(raw) == 1001
        assert raw.execute("SELECT to_regclass('last')").fetchone() == (None,)


def test_a_newer_database_is_refused(engine: PostgresEngine) -> None:
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        prepare(raw, "x", STEPS)
        with pytest.raises(NewerDatabaseError, match="schema 1001"):
            prepare(raw, "x")


def test_tables_of_another_program_are_left_alone(engine: PostgresEngine) -> None:
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        raw.execute("CREATE TABLE about (something TEXT)")
        with pytest.raises(NotADatabaseError, match="another program"):
            prepare(raw, "x")
        assert raw.execute(COLUMNS.encode()).fetchall() == [("about.something",)]


def test_a_server_that_is_too_old_is_refused(engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(**engine.parameters(), autocommit=True) as raw:
        monkeypatch.setattr(module, "OLDEST_SERVER", raw.info.server_version + 10_000)
        with pytest.raises(ServerTooOldError, match="or later is needed"):
            prepare(raw, "x")


def test_an_encoding_that_lacks_letters_is_refused(engine: PostgresEngine) -> None:
    class Latin:
        """A connection to a database in another encoding, which the tests' server has none of."""

        def __init__(self, raw: Raw) -> None:
            self.info = raw.info
            self._raw = raw

        def execute(self, _: bytes) -> psycopg.Cursor[tuple[Any, ...]]:
            return self._raw.execute("SELECT 'LATIN1'")

    with (
        psycopg.connect(**engine.parameters(), autocommit=True) as raw,
        pytest.raises(NotADatabaseError, match="UTF8"),
    ):
        prepare(Latin(raw), "x")  # type: ignore[arg-type]
