"""A server moves from its file into a database, or stays where it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from hubbub.store.carrying import TABLES
from hubbub.store.connect import connect_reader, connect_writer
from hubbub.store.database import Store
from hubbub.store.errors import LockedError, StoreError
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_change_range, select_changes, select_epoch, select_head
from hubbub.store.postgres import filling
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.moving import MoveError, move
from hubbub.store.postgres.prepare import prepare
from hubbub.store.reactions import select_reactions
from hubbub.testing.clock import ManualClock
from tests.store.copying import EVERYBODY, furnish, unwatched
from tests.support.deadline import eventually
from tests.support.postgres import PostgresServer


@pytest.fixture
def address(postgres: PostgresServer) -> PostgresAddress:
    return postgres.make_database()


@pytest.fixture
def filled(path: Path) -> Path:
    """A file with something of nearly everything, whose server has stopped."""
    with closing(connect_writer(path, "off", StoreLimits())) as connection:
        furnish(connection)
    return path


def moved(path: Path, address: PostgresAddress) -> list[str]:
    return [f"{table} {rows}" for table, rows in move(path, address, unwatched).rows.items()]


def rows_at(address: PostgresAddress) -> dict[str, int]:
    with psycopg.connect(address.url) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0] for table in TABLES
        }


async def test_everything_is_there_and_every_cursor_goes_on_as_it_would_have(
    filled: Path, address: PostgresAddress
) -> None:
    assert moved(filled, address)[:3] == ["users 3", "sessions 0", "invites 0"]
    store = await Store.open(address, clock=ManualClock())
    try:
        with closing(connect_reader(filled, StoreLimits())) as source:
            epoch, head = select_epoch(source), select_head(source)
            assert (store.epoch, store.head) == (epoch, head)
            assert await store.read(lambda c: select_change_range(c, epoch, 0, head)) == select_change_range(
                source, epoch, 0, head
            )
            for user in EVERYBODY:
                for place in range(head + 1):
                    there = await store.read(lambda c: select_changes(c, epoch, user, place, 100))  # noqa: B023
                    assert there == select_changes(source, epoch, user, place, 100)
            assert await store.read(lambda c: select_reactions(c, ["m1"])) == select_reactions(source, ["m1"])
        note = await store.write(
            lambda transaction: transaction.append_change("user_changed", room_id=None, actor_id="a", data="{}")
        )
        assert note.id == head + 1
    finally:
        await store.close()


def test_the_file_stays_as_it_was(filled: Path, address: PostgresAddress) -> None:
    before = filled.read_bytes()
    moved(filled, address)
    assert filled.read_bytes() == before
    assert [file.name for file in filled.parent.iterdir()] == [filled.name]


async def test_a_server_that_runs_on_the_file_is_told_to_stop(filled: Path, address: PostgresAddress) -> None:
    store = await Store.open(filled, clock=ManualClock())
    with pytest.raises(LockedError, match="Stop the server"):
        moved(filled, address)
    await store.close()
    moved(filled, address)


async def test_a_server_that_runs_on_the_database_is_told_to_stop(
    filled: Path, address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "CLAIM_SECONDS", 0.05)
    store = await Store.open(address, clock=ManualClock())
    heard: list[int] = []
    store.on_elsewhere(lambda head, _: heard.append(head))
    try:
        await eventually(lambda: bool(heard), "the server to listen")
        with pytest.raises(LockedError, match="Stop the servers on it"):
            moved(filled, address)
    finally:
        await store.close()
    assert set(rows_at(address).values()) == {0}


def test_a_database_that_is_not_empty_is_left_alone(filled: Path, address: PostgresAddress) -> None:
    moved(filled, address)
    before = rows_at(address)
    with pytest.raises(MoveError, match="not empty: there are users"):
        moved(filled, address)
    assert rows_at(address) == before


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("PRAGMA user_version = 0", "has schema 0"),
        ("PRAGMA user_version = 1000", "has schema 1000"),
        ("PRAGMA application_id = 7", "another program"),
        ("CREATE TABLE more (a TEXT)", "nobody knows here: more"),
        ("UPDATE messages SET author_id = 'nobody' WHERE id = 'm3'", "damaged"),
        ("UPDATE messages SET body = 'a' || char(0) || 'b' WHERE id = 'm3'", "cannot be kept"),
        ("UPDATE messages SET body = CAST(x'ff' AS TEXT) WHERE id = 'm3'", "cannot be kept"),
    ],
)
def test_what_cannot_be_moved_whole_is_not_moved(
    filled: Path, address: PostgresAddress, statement: str, told: str
) -> None:
    with closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        connection.execute(statement)
    with closing(PostgresEngine(address).connect()) as target:
        target.prepare(prepare)
    with pytest.raises(StoreError, match=told):
        moved(filled, address)
    assert set(rows_at(address).values()) == {0}


def test_a_file_that_is_not_there_is_not_made(path: Path, address: PostgresAddress) -> None:
    with pytest.raises(MoveError, match="There is no database"):
        moved(path, address)
    assert not path.exists()
