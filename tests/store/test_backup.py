"""A backup is the database as it was at one moment, whole, and over nothing that anybody keeps."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hubbub.domain.cursors import encode_cursor
from hubbub.store import backup
from hubbub.store.backup import back_up
from hubbub.store.connect import connect_writer
from hubbub.store.contents import examine
from hubbub.store.database import Store
from hubbub.store.errors import CannotOpenError, CorruptError, NotADatabaseError, OccupiedError
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_head
from hubbub.store.postgres.address import PostgresAddress
from tests.store import copying
from tests.store.copying import filled, log_of, note, unwatched
from tests.store.places import Place
from tests.store.world import World
from tests.support.machine import ROOT

PAGE_BYTES = 4096


async def test_what_is_committed_meanwhile_is_not_in_it_and_nobody_waits(
    sqlite_store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(100):
        await sqlite_store.write(lambda transaction: note(transaction, "x" * PAGE_BYTES))
    before = log_of(path)
    monkeypatch.setattr(backup, "PAGES_AT_ONCE", 10)
    left_after: list[int] = []
    with closing(connect_writer(path, "full", StoreLimits())) as other:
        world = World(other)

        def write_between(left: int, _total: int) -> None:
            left_after.append(left)
            world.change("user_changed", None, data='{"text": "late"}')

        made = back_up(path, tmp_path / "copy.db", replace=False, progress=write_between)
        assert select_head(other) == len(before) + len(left_after)
    assert len(left_after) >= 10
    assert left_after == sorted(left_after, reverse=True)  # it never began again
    assert log_of(tmp_path / "copy.db") == before
    assert (made.changes, made.cursor) == (100, encode_cursor(sqlite_store.epoch, 100))


async def test_it_is_one_file_for_its_owner_and_says_what_it_holds(place: Place, tmp_path: Path) -> None:
    epoch = await filled(place, 3)
    folder = tmp_path / "backups"
    folder.mkdir()
    made = copying.back_up(place, folder / "copy.db")
    assert os.listdir(folder) == ["copy.db"]
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    assert made == examine(folder / "copy.db")
    assert (made.messages, made.changes, made.cursor) == (0, 3, encode_cursor(epoch, 3))
    assert made.size == (folder / "copy.db").stat().st_size
    assert log_of(folder / "copy.db") == log_of(place)


async def test_nothing_is_replaced_unless_that_is_said(place: Place, tmp_path: Path) -> None:
    await filled(place, 3)
    copy = tmp_path / "copy.db"
    copy.write_text("an older backup")
    with pytest.raises(OccupiedError, match="--replace"):
        copying.back_up(place, copy)
    assert copy.read_text() == "an older backup"
    assert copying.back_up(place, copy, replace=True).changes == 3
    with pytest.raises(OccupiedError, match="is a folder"):
        copying.back_up(place, tmp_path, replace=True)


async def test_the_database_itself_is_never_the_copy(path: Path, tmp_path: Path) -> None:
    await filled(path, 3)
    (tmp_path / "link.db").symlink_to(path)
    for place in (path, tmp_path / "link.db"):
        with pytest.raises(OccupiedError, match="itself"):
            back_up(path, place, replace=True, progress=unwatched)
    assert len(log_of(path)) == 3


async def test_a_damaged_database_makes_no_backup_and_leaves_the_older_one(path: Path, tmp_path: Path) -> None:
    await filled(path, 200)
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'changes'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xff" * PAGE_BYTES)
    copy = tmp_path / "copy.db"
    copy.write_text("an older backup")
    with pytest.raises(CorruptError, match="damaged"):
        back_up(path, copy, replace=True, progress=unwatched)
    assert copy.read_text() == "an older backup"
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "hubbub.db"]


def test_what_is_no_database_of_ours_is_not_backed_up(path: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotOpenError):
        back_up(path, tmp_path / "copy.db", replace=False, progress=unwatched)
    assert not path.exists()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(NotADatabaseError, match=r"hubbub\.db"):
        back_up(path, tmp_path / "copy.db", replace=False, progress=unwatched)
    assert os.listdir(tmp_path) == ["hubbub.db"]


async def test_what_is_broken_off_leaves_nothing(place: Place, tmp_path: Path) -> None:
    await filled(place, 3)
    folder = tmp_path / "backups"
    folder.mkdir()

    def break_off(_left: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copying.back_up(place, folder / "copy.db", progress=break_off)
    assert os.listdir(folder) == []


async def test_a_disk_that_takes_no_more_is_told_as_that_of_the_copy(place: Place, tmp_path: Path) -> None:
    await filled(place, 3)
    folder = tmp_path / "backups"
    folder.mkdir()
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _BACK_UP_IN_LITTLE_ROOM, place.url if isinstance(place, PostgresAddress) else place],
        cwd=ROOT,
        env={**os.environ, "COPY": str(folder / "copy.db")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"DiskError: The database {folder / 'copy.db'} could not be"), done.stdout
    assert os.listdir(folder) == []
    assert len(log_of(place)) == 3


_BACK_UP_IN_LITTLE_ROOM = """
import os, resource, signal, sys
from pathlib import Path
from hubbub.store.errors import StoreError
from hubbub.store.postgres.address import SCHEMES, PostgresAddress
from tests.store.copying import back_up

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
place = sys.argv[1]
try:
    back_up(PostgresAddress(place) if place.startswith(SCHEMES) else Path(place), Path(os.environ["COPY"]))
except StoreError as error:
    print(f"{type(error).__name__}: {error}")
"""
