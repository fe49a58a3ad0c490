"""A database is filled by whoever has it alone, or is left as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from hubbub.store.carrying import Carried, NotWholeError
from hubbub.store.errors import DiskFullError
from hubbub.store.postgres.connection import Raw
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.filling import alone_in, fill, filled_tables, look_again, meaning, set_aside
from hubbub.store.postgres.prepare import prepare, relations
from hubbub.testing.clock import START
from tests.store.copying import unwatched
from tests.store.world import World, connect

ASIDE = f"replaced_{START:%Y%m%dt%H%M%Sz}"


@pytest.fixture
def raw(engine: PostgresEngine) -> Iterator[Raw]:
    """Somebody who looks at it from outside."""
    with closing(psycopg.connect(autocommit=True, **engine.parameters())) as raw:
        yield raw
        raw.execute(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE".encode())  # of all databases of this server


def test_what_is_there_is_set_aside_as_it_is(engine: PostgresEngine, raw: Raw) -> None:
    prepare(raw, engine.name)
    raw.execute("INSERT INTO former_epochs VALUES ('11111111', 7)")
    raw.execute("CREATE VIEW epochs AS SELECT epoch FROM former_epochs")
    raw.execute("CREATE MATERIALIZED VIEW kept AS SELECT epoch FROM former_epochs")
    before = relations(raw)
    with alone_in(engine) as target:
        assert set_aside(target, START) == ASIDE
        assert relations(target) == []
        prepare(target, engine.name)
    assert filled_tables(raw) == []
    raw.execute(f"SET search_path = {ASIDE}".encode())
    assert relations(raw) == before
    assert filled_tables(raw) == ["former_epochs"]
    for name in ("epochs", "kept"):
        assert raw.execute(f"SELECT epoch FROM {name}".encode()).fetchall() == [("11111111",)]
    raw.execute("INSERT INTO former_epochs VALUES ('22222222', 8)")  # its keys and checks came along


def test_of_a_database_that_is_not_ours_nothing_counts_as_filled(engine: PostgresEngine, raw: Raw) -> None:
    assert filled_tables(raw) == []
    raw.execute("CREATE TABLE users AS SELECT 1 AS a")
    assert filled_tables(raw) == []


def test_what_an_extension_brings_is_nobodys_table(engine: PostgresEngine, raw: Raw) -> None:
    raw.execute("CREATE TABLE brought (a INTEGER)")
    raw.execute("CREATE EXTENSION IF NOT EXISTS plpgsql")
    assert relations(raw) == ["brought"]
    raw.execute("ALTER EXTENSION plpgsql ADD TABLE brought")
    try:
        assert relations(raw) == []
        prepare(raw, engine.name)
    finally:
        raw.execute("ALTER EXTENSION plpgsql DROP TABLE brought")


def test_what_fails_halfway_leaves_all_as_it_was(engine: PostgresEngine, raw: Raw) -> None:
    with closing(connect()) as source:
        world = World(source)
        for user in ("a", "b"):
            world.user(user)
        source.execute("UPDATE users SET display_name = 'a' || char(0) WHERE id = 'b'")

        def fill_it() -> None:
            with alone_in(engine) as target:
                prepare(target, engine.name)
                set_aside(target, START)
                fill(engine, target, source, unwatched)

        with pytest.raises(psycopg.DataError) as refused:
            fill_it()
    assert relations(raw) == []
    assert raw.execute("SELECT to_regnamespace(%s)", (ASIDE,)).fetchone() == (None,)
    assert isinstance(meaning(refused.value, Path("backup.db"), engine), NotWholeError)


def test_a_log_that_is_not_the_one_that_was_put_there_is_told(engine: PostgresEngine, raw: Raw) -> None:
    prepare(raw, engine.name)
    raw.execute("UPDATE about SET epoch = '11111111'")
    look_again(engine, Carried({}, "11111111", 0))
    with pytest.raises(NotWholeError, match="another log"):
        look_again(engine, Carried({}, "11111111", 7))


def test_what_went_wrong_is_told_as_that_of_the_file_or_of_the_database(engine: PostgresEngine) -> None:
    file = Path("backup.db")
    assert "the database" not in str(meaning(UnicodeError("x"), file, engine))
    assert str(file) in str(meaning(UnicodeError("x"), file, engine))
    full = meaning(psycopg.errors.DiskFull("no space"), file, engine)
    assert isinstance(full, DiskFullError)
    assert engine.name in str(full)
    with closing(connect()) as connection, pytest.raises(sqlite3.OperationalError) as refused:
        connection.execute("NONSENSE")
    assert "backup.db cannot be copied" in str(meaning(refused.value, file, engine))
