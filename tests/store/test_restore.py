"""A restored log is that of the backup under a new epoch, put where nobody works, and what was there is kept."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hubbub.domain.cursors import encode_cursor
from hubbub.store import restore as restoring
from hubbub.store.backup import back_up
from hubbub.store.connect import connect_writer
from hubbub.store.database import Store
from hubbub.store.errors import CannotOpenError, CorruptError, LockedError, NotADatabaseError, OccupiedError
from hubbub.store.integrity import select_problems
from hubbub.store.limits import StoreLimits
from hubbub.store.migrate import migrate, migrations
from hubbub.store.postgres import filling
from hubbub.store.restore import Restored, restore
from hubbub.testing.clock import START, ManualClock
from tests.store import copying
from tests.store.copying import epochs, filled, log_of, note, unwatched
from tests.store.places import Place
from tests.support.deadline import DEADLINE

KEPT = "hubbub.db.replaced-20"  # and the rest of the time


@pytest.fixture
async def backup(path: Path, tmp_path: Path) -> Path:
    """Three changes, of a database that has five by now."""
    await filled(path, 3)
    file = tmp_path / "backup.db"
    back_up(path, file, replace=False, progress=unwatched)
    await filled(path, 2)
    return file


def restored(backup: Path, target: Path, *, replace: bool = False) -> Restored:
    return restore(backup, target, replace=replace, now=START, progress=unwatched)


async def test_an_empty_place_gets_the_log_under_a_new_epoch(backup: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.db"
    done = restored(backup, target)
    assert (done.aside, done.contents.changes) == (None, 3)
    assert log_of(target) == log_of(backup)
    epoch, former = epochs(target)
    assert former == {epochs(backup)[0]: 3}
    assert epoch not in former
    store = await Store.open(target, clock=ManualClock())
    try:
        assert (store.epoch, store.former, store.head) == (epoch, former, 3)
    finally:
        await store.close()


async def test_a_restored_log_can_be_restored_again(backup: Path, tmp_path: Path) -> None:
    first, again, second = tmp_path / "first.db", tmp_path / "again.db", tmp_path / "second.db"
    restored(backup, first)
    await filled(first, 4)
    back_up(first, again, replace=False, progress=unwatched)
    restored(again, second)
    assert epochs(second)[1] == {epochs(backup)[0]: 3, epochs(first)[0]: 7}


def test_what_is_there_is_replaced_only_if_that_is_said_and_kept(backup: Path, path: Path, tmp_path: Path) -> None:
    before = log_of(path)
    with pytest.raises(OccupiedError, match="--replace"):
        restored(backup, path)
    assert log_of(path) == before
    done = restored(backup, path, replace=True)
    assert len(log_of(path)) == 3
    assert done.aside is not None
    assert done.aside.name.startswith(KEPT)
    assert log_of(done.aside) == before
    assert not list(tmp_path.glob(".*"))


async def test_nothing_is_replaced_that_somebody_has_open(backup: Path, path: Path) -> None:
    store = await Store.open(path, clock=ManualClock())
    try:
        with pytest.raises(LockedError, match="Stop the server"):
            restored(backup, path, replace=True)
        assert (await store.write(note)).id == 6
    finally:
        await store.close()
    assert len(log_of(path)) == 6


def test_not_even_a_damaged_one(backup: Path, path: Path) -> None:
    """Its first page says nothing any more, so that SQLite itself would not ask for a lock."""
    reader = subprocess.Popen(
        [sys.executable, "-c", _OPEN_AND_WAIT, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == b"open\n"
    with path.open("r+b") as file:
        file.write(b"\xff" * 100)
    with pytest.raises(LockedError, match="Stop the server"):
        restored(backup, path, replace=True)
    reader.communicate()
    assert restored(backup, path, replace=True).contents.changes == 3


_OPEN_AND_WAIT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("SELECT * FROM about").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_server_left_beside_the_database_does_not_reach_the_restored_one(
    backup: Path, path: Path
) -> None:
    leave_write_ahead_log(path)
    before = log_of(path)
    leave_write_ahead_log(path)
    done = restored(backup, path, replace=True)
    assert done.aside is not None
    assert len(log_of(done.aside)) == len(before) + 1
    assert len(log_of(path)) == 3
    with closing(sqlite3.connect(path)) as connection:
        assert select_problems(connection, thorough=True) == []


def test_of_a_damaged_database_all_is_kept_that_there_is(backup: Path, path: Path) -> None:
    leave_write_ahead_log(path)
    with path.open("r+b") as file:
        header = file.read(100)
        file.seek(0)
        file.write(b"\xff" * 100)
    done = restored(backup, path, replace=True)
    assert len(log_of(path)) == 3
    assert done.aside is not None
    with done.aside.open("r+b") as file:
        file.write(header)
    assert len(log_of(done.aside)) == 6


def test_what_is_left_beside_a_database_that_is_gone_is_kept_too(backup: Path, path: Path) -> None:
    leave_write_ahead_log(path)
    path.unlink()
    wal = path.with_name("hubbub.db-wal").read_bytes()
    with pytest.raises(OccupiedError):
        restored(backup, path)
    done = restored(backup, path, replace=True)
    assert done.aside is not None
    assert done.aside.with_name(done.aside.name + "-wal").read_bytes() == wal
    assert len(log_of(path)) == 3


def leave_write_ahead_log(path: Path) -> None:
    """One change more, by a process that is killed."""
    done = subprocess.run(
        [sys.executable, "-c", _WRITE_AND_DIE, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert path.with_name("hubbub.db-wal").stat().st_size > 0


_WRITE_AND_DIE = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("INSERT INTO changes (type, at, data) VALUES ('user_changed', '2026', '{}')")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_who_opens_the_database_while_it_is_replaced_finds_out(
    backup: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the old file in its hands, and must not write into what has no name any more."""
    use = connect_writer.__globals__["_use_write_ahead_log"]

    def replaced_before(connection: sqlite3.Connection, place: Path) -> None:
        aside = path.with_name("aside.db")
        path.rename(aside)
        backup.rename(path)
        use(connection, place)

    monkeypatch.setitem(connect_writer.__globals__, "_use_write_ahead_log", replaced_before)
    with pytest.raises(LockedError, match="replaced"):
        connect_writer(path, "full", StoreLimits())


def test_a_damaged_backup_replaces_nothing(backup: Path, path: Path) -> None:
    before = log_of(path)
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'changes'")
        connection.commit()
    with pytest.raises(CorruptError, match=r"backup\.db"):
        restored(backup, path, replace=True)
    backup.write_bytes(b"no database at all" * 500)
    with pytest.raises(NotADatabaseError, match=r"backup\.db"):
        restored(backup, path, replace=True)
    assert log_of(path) == before


def test_a_backup_of_an_older_version_is_brought_forward(path: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(connect_writer(path, "full", StoreLimits())) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {application_id}")
        migrate(connection, old, migrations()[:1])
    assert restored(old, path, replace=True).contents.changes == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)


def test_the_backup_is_never_the_database_itself(backup: Path, path: Path) -> None:
    with pytest.raises(OccupiedError, match="itself"):
        restored(path, path, replace=True)


def test_a_link_to_the_database_stays_one(backup: Path, path: Path, tmp_path: Path) -> None:
    link = tmp_path / "var" / "hubbub.db"
    link.parent.mkdir()
    link.symlink_to(path)
    restored(backup, link, replace=True)
    assert link.is_symlink()
    assert len(log_of(path)) == 3


def test_the_lock_is_the_one_that_sqlite_takes(path: Path) -> None:
    """While a restore is at it nobody can begin, whatever SQLite's own locks are worth elsewhere."""
    connect_writer(path, "full", StoreLimits()).close()
    with restoring._nobody_at(path):
        tried = subprocess.run([sys.executable, "-c", _TRY, str(path)], capture_output=True, text=True, check=False)
    assert "locked" in tried.stderr
    assert subprocess.run([sys.executable, "-c", _TRY, str(path)], check=False).returncode == 0


_TRY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0)
connection.execute("PRAGMA journal_mode = WAL")
connection.close()
"""


async def test_a_log_that_was_taken_back_by_other_means_is_named_anew(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "CLAIM_SECONDS", DEADLINE)
    first = await filled(place, 3)
    cursor = copying.rename_log(place)
    second, former = epochs(place)
    assert (second != first, former, cursor) == (True, {first: 3}, encode_cursor(second, 3))
    assert await filled(place, 1) == second
    copying.rename_log(place)
    assert epochs(place)[1] == {first: 3, second: 4}
    assert len(log_of(place)) == 4


async def test_no_log_is_named_anew_that_somebody_works_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "CLAIM_SECONDS", 0.05)
    store = await Store.open(place, clock=ManualClock())
    try:
        with pytest.raises(LockedError, match="Stop the server"):
            copying.rename_log(place)
        assert epochs(place) == (store.epoch, {})
    finally:
        await store.close()


def test_nothing_is_named_where_there_is_no_log(place: Place) -> None:
    with pytest.raises((CannotOpenError, NotADatabaseError)):
        copying.rename_log(place)


def test_the_log_of_another_program_is_not_named(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE about (epoch TEXT)")
    with pytest.raises(NotADatabaseError, match=r"hubbub\.db"):
        copying.rename_log(path)
