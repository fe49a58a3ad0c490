"""A backup of either engine comes back to either, where nobody works, and what was there is kept."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from hubbub.contract.errors import HubbubError
from hubbub.store.connect import connect_writer
from hubbub.store.database import Store
from hubbub.store.errors import LockedError, NotADatabaseError, OccupiedError, StoreError
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_changes, select_head
from hubbub.store.postgres import filling
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.restore import restore
from hubbub.store.search import index_changes, select_hits
from hubbub.store.thread import ThreadedConnection
from hubbub.store.words import Wanted
from hubbub.testing.clock import START, ManualClock
from tests.store.copying import EVERYBODY, back_up, epochs, filled, furnish, log_of, note, reading, restored, unwatched
from tests.store.places import ENGINES, Place
from tests.store.world import connect_postgres
from tests.support.deadline import eventually
from tests.support.postgres import PostgresServer

ASIDE = f"replaced_{START:%Y%m%dt%H%M%Sz}"


@pytest.fixture
def address(postgres: PostgresServer) -> PostgresAddress:
    return postgres.make_database()


@pytest.fixture
async def backup(address: PostgresAddress, tmp_path: Path) -> Path:
    """Three changes, of a database that has five by now."""
    await filled(address, 3)
    file = tmp_path / "backup.db"
    back_up(address, file)
    await filled(address, 2)
    return file


@pytest.fixture(autouse=True)
def nothing_aside(postgres: PostgresServer) -> Iterator[None]:
    """The clock of each test stands at the same time, and the schemas are those of one server."""
    yield
    postgres.run(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE")


async def kept(address: PostgresAddress) -> int:
    """How many changes are in the log that was set aside, which a server could be started on."""
    before = address.url.rpartition("%3D")[0]
    return len(log_of(PostgresAddress(f"{before}%3D{ASIDE}")))


@pytest.mark.parametrize("goes", ENGINES)
@pytest.mark.parametrize("comes", ENGINES)
async def test_a_backup_of_either_comes_back_to_either_with_every_cursor(
    comes: str, goes: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    def place(engine: str, name: str) -> Place:
        return tmp_path / name if engine == "sqlite" else postgres.make_database()

    source, target, file = place(comes, "source.db"), place(goes, "target.db"), tmp_path / "backup.db"
    await filled(source, 1)
    with closing(connected(source)) as connection:
        furnish(connection)
    head = len(log_of(source))
    back_up(source, file)
    restored(file, target)

    assert log_of(target) == log_of(source)
    (epoch, former), (old, _) = epochs(target), epochs(source)
    assert epoch != old
    assert former == {old: head}
    with reading(source) as before, reading(target) as after:
        for user in EVERYBODY:
            for after_id in range(head + 1):
                assert select_changes(after, "", user, after_id, 100) == select_changes(
                    before, "", user, after_id, 100
                )
    store = await Store.open(target, clock=ManualClock())
    try:
        assert (store.epoch, store.former, store.head) == (epoch, former, head)
        assert (await store.write(note)).id == head + 1
        await store.write(lambda transaction: index_changes(transaction.connection))
        wanted = Wanted("backslash")
        hits, _ = await store.read(lambda connection: select_hits(connection, wanted, head, 100, head))
        assert len(hits) == 13  # of fourteen, as one was deleted
    finally:
        await store.close()


def connected(place: Place) -> ThreadedConnection | PostgresConnection:
    if isinstance(place, Path):
        return connect_writer(place, "off", StoreLimits())
    return connect_postgres(place)


async def test_what_is_there_is_replaced_only_if_that_is_said_and_kept(backup: Path, address: PostgresAddress) -> None:
    with pytest.raises(OccupiedError, match=r"not empty: there are changes\. .* --replace"):
        restored(backup, address)
    assert len(log_of(address)) == 5
    done = restore(backup, address, backup.parent, replace=True, now=START, progress=unwatched)
    assert (done.contents.changes, done.aside) == (3, ASIDE)
    assert len(log_of(address)) == 3
    assert await kept(address) == 5
    assert os.listdir(backup.parent) == [backup.name]


async def test_nothing_is_replaced_where_a_server_or_another_command_is(
    backup: Path, address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "CLAIM_SECONDS", 0.05)
    store = await Store.open(address, clock=ManualClock())
    try:
        with pytest.raises(LockedError, match="Stop the server"):
            restored(backup, address, replace=True)
        assert (await store.write(note)).id == 6
    finally:
        await store.close()
    refused: list[str] = []

    def restore_meanwhile(_left: int, _total: int) -> None:
        if not refused:
            with pytest.raises(LockedError) as error:
                restored(backup, address, replace=True)
            refused.append(str(error.value))

    back_up(address, backup.parent / "another.db", progress=restore_meanwhile)
    assert "any other command" in refused[0]
    assert len(log_of(address)) == 6


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE changes SET data = 'a' || char(0) WHERE id = 3", "cannot be kept"),
        ("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'changes'", r"backup\.db"),
        ("PRAGMA user_version = 1000", "newer"),
        ("PRAGMA application_id = 7", "no database of Hubbub's"),
    ],
)
async def test_a_backup_that_cannot_come_back_replaces_nothing(
    backup: Path, address: PostgresAddress, postgres: PostgresServer, statement: str, told: str
) -> None:
    with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(statement)
    before, epoch = log_of(address), epochs(address)
    with pytest.raises(StoreError, match=told):
        restored(backup, address, replace=True)
    assert (log_of(address), epochs(address)) == (before, epoch)
    assert postgres.run(f"SELECT to_regnamespace('{ASIDE}')") == [(None,)]
    assert os.listdir(backup.parent) == [backup.name]


async def test_what_is_broken_off_replaces_nothing(backup: Path, address: PostgresAddress) -> None:
    def break_off(_left: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(backup, address, backup.parent, replace=True, now=START, progress=break_off)
    assert len(log_of(address)) == 5
    assert os.listdir(backup.parent) == [backup.name]


async def test_what_a_newer_version_wrote_is_set_aside_with_all_that_it_has(
    backup: Path, address: PostgresAddress
) -> None:
    """That is the way back from an upgrade."""
    with closing(psycopg.connect(address.url, autocommit=True)) as raw:
        raw.execute("CREATE TABLE newer AS SELECT 7 AS a")
        raw.execute("UPDATE about SET schema = 1000")
    restored(backup, address, replace=True)
    assert len(log_of(address)) == 3
    with closing(psycopg.connect(address.url)) as raw:
        assert raw.execute(f"SELECT a, schema FROM {ASIDE}.newer, {ASIDE}.about".encode()).fetchall() == [(7, 1000)]


async def test_tables_of_another_program_are_neither_replaced_nor_set_aside(
    backup: Path, postgres: PostgresServer
) -> None:
    theirs = postgres.make_database()
    with closing(psycopg.connect(theirs.url, autocommit=True)) as raw:
        raw.execute("CREATE TABLE users AS SELECT 'ada' AS id")
        with pytest.raises(NotADatabaseError, match="another program"):
            restored(backup, theirs, replace=True)
        assert raw.execute("SELECT id FROM users").fetchall() == [("ada",)]


async def test_tables_without_anything_in_them_are_no_reason_to_ask(backup: Path, postgres: PostgresServer) -> None:
    started = postgres.make_database()
    await filled(started, 0)
    assert restored(backup, started).changes == 3
    assert len(log_of(started)) == 3


async def test_a_server_that_was_cut_off_meanwhile_does_not_go_on_with_the_restored_log(
    backup: Path,
    address: PostgresAddress,
    postgres: PostgresServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its cursors would name the old log, and be of the new one."""
    store = await Store.open(address, clock=ManualClock())
    heard: list[int] = []
    store.on_elsewhere(lambda head, _: heard.append(head))
    try:
        await eventually(lambda: bool(heard), "the store to listen")
        restoring = asyncio.create_task(asyncio.to_thread(restored, backup, address, replace=True))
        await eventually(lambda: postgres.run(_WAITING) == [(1,)], "the restore to wait for its turn")
        postgres.run(_CUT_OFF)  # whoever waits gets the lock before those who come back
        await restoring
        for work in (store.read(select_head), store.write(note)):
            with pytest.raises(HubbubError) as refused:
                await work
            assert refused.value.code == "server_busy"
        await eventually(lambda: "Start the process again" in caplog.text, "the listener to say why")
    finally:
        await store.close()
    assert len(log_of(address)) == 3


_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
_CUT_OFF = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'"
