"""A backup of PostgreSQL is the database as it was at one moment, in a file as of SQLite's."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from hubbub.domain.cursors import encode_cursor
from hubbub.store import carrying
from hubbub.store.errors import NewerDatabaseError, NotADatabaseError, UnreachableError
from hubbub.store.log import select_head
from hubbub.store.migrate import migrations
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.prepare import prepare
from tests.store.copying import back_up, epochs, filled, log_of
from tests.store.world import World, connect, connect_postgres
from tests.support.postgres import PostgresServer


@pytest.fixture
def address(postgres: PostgresServer) -> PostgresAddress:
    return postgres.make_database()


async def test_what_is_committed_meanwhile_is_not_in_it_and_nobody_waits(
    address: PostgresAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = await filled(address, 100)
    before = log_of(address)
    monkeypatch.setattr(carrying, "ROWS_AT_ONCE", 10)
    left_after: list[int] = []
    with closing(PostgresEngine(address).connect()) as other:
        world = World(other)

        def write_between(left: int, _total: int) -> None:
            left_after.append(left)
            world.user(f"late {len(left_after)}")
            world.change("user_changed", None, data='{"text": "late"}')

        made = back_up(address, tmp_path / "copy.db", progress=write_between)
        assert select_head(other) == len(before) + len(left_after)
    assert len(left_after) >= 10
    assert left_after == sorted(left_after, reverse=True)
    assert log_of(tmp_path / "copy.db") == before
    assert (made.changes, made.cursor) == (100, encode_cursor(epoch, 100))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM users").fetchone() == (0,)


async def test_the_file_is_what_sqlites_own_is(address: PostgresAddress, tmp_path: Path) -> None:
    await filled(address, 3)
    back_up(address, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, closing(connect()) as new:
        schema = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        assert copy.execute(schema).fetchall() == new.execute(schema).fetchall()
        assert copy.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)
        assert copy.execute("SELECT indexed_to, erased FROM search_state").fetchone() == (0, 0)
    assert epochs(tmp_path / "copy.db") == epochs(address)


async def test_a_database_of_an_older_version_is_backed_up_as_it_is(address: PostgresAddress, tmp_path: Path) -> None:
    with closing(psycopg.connect(address.url, autocommit=True)) as raw:
        prepare(raw, "x", migrations("postgres/migrations")[:1])
        raw.execute("UPDATE about SET epoch = '11111111', head = 7")
    assert back_up(address, tmp_path / "copy.db").cursor == encode_cursor("11111111", 7)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    await filled(tmp_path / "copy.db", 1)
    assert [change.id for change in log_of(tmp_path / "copy.db")] == [8]


def test_what_is_not_ours_and_what_is_newer_is_not_backed_up(address: PostgresAddress, tmp_path: Path) -> None:
    with pytest.raises(NotADatabaseError, match="no tables of Hubbub's"):
        back_up(address, tmp_path / "copy.db")
    connect_postgres(address).close()
    with closing(psycopg.connect(address.url, autocommit=True)) as raw:
        raw.execute("UPDATE about SET schema = 1000")
    with pytest.raises(NewerDatabaseError, match="schema 1000"):
        back_up(address, tmp_path / "copy.db")
    assert os.listdir(tmp_path) == []


def test_a_database_that_is_away_or_is_not_there_is_told(postgres: PostgresServer, tmp_path: Path) -> None:
    away = PostgresAddress("postgresql://127.0.0.1:9/chat")  # 9: discard, RFC 863
    for address, told in ((postgres.address("nowhere"), "does not exist"), (away, "refused")):
        with pytest.raises(UnreachableError, match=told):
            back_up(address, tmp_path / "copy.db")
    assert os.listdir(tmp_path) == []


async def test_a_database_that_goes_away_halfway_leaves_nothing(
    address: PostgresAddress, postgres: PostgresServer, tmp_path: Path
) -> None:
    await filled(address, 3)

    def end_it(left: int, total: int) -> None:
        if left < total:
            postgres.run(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE locktype = 'relation' AND relation ="
                f" (SELECT oid FROM pg_class WHERE relname = 'users' AND relnamespace = '{schema}'::regnamespace)"
            )

    schema = address.url.rpartition("%3D")[2]
    (tmp_path / "copy.db").write_text("an older backup")
    with pytest.raises(UnreachableError):
        back_up(address, tmp_path / "copy.db", replace=True, progress=end_it)
    assert os.listdir(tmp_path) == ["copy.db"]
    assert (tmp_path / "copy.db").read_text() == "an older backup"
