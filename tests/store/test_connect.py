"""Opening the file: what is set on it, and what is refused."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hubbub.store import connect
from hubbub.store.connect import connect_reader, connect_writer
from hubbub.store.errors import (
    CannotOpenError,
    CorruptError,
    DiskError,
    LockedError,
    NotADatabaseError,
    ReadOnlyError,
    SqliteTooOldError,
    StoreError,
    store_error,
)
from hubbub.store.limits import StoreLimits

BOUNDS = StoreLimits(busy_seconds=0.05)
NOBODY = 65534


def why_not(path: Path) -> StoreError:
    """What somebody is told who cannot open `path`."""
    try:
        connection = connect_writer(path, "full", BOUNDS)
    except (StoreError, sqlite3.Error) as error:
        told = store_error(error, path)
        assert told is not None
        assert str(path) in str(told)
        return told
    connection.close()
    pytest.fail("it could be opened")


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_writer_keeps_what_it_commits(path: Path) -> None:
    with closing(connect_writer(path, "full", BOUNDS)) as connection:
        set_to = {
            name: pragma(connection, name)
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        }
    # https://www.sqlite.org/pragma.html: synchronous 2 is FULL, secure_delete 2 is FAST
    assert set_to == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 50,
        "secure_delete": 2,
    }


def test_synchronous_is_what_was_asked_for(path: Path) -> None:
    with closing(connect_writer(path, "normal", BOUNDS)) as connection:
        assert pragma(connection, "synchronous") == 1


def test_a_reader_cannot_write(path: Path) -> None:
    with closing(connect_writer(path, "full", BOUNDS)), closing(connect_reader(path, BOUNDS)) as reader:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM changes")
        assert reader.execute("SELECT count(*) FROM changes").fetchone() == (0,)


def test_the_files_are_for_their_owner_only(path: Path) -> None:
    with closing(connect_writer(path, "full", BOUNDS)):
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"hubbub.db": 0o600, "hubbub.db-wal": 0o600, "hubbub.db-shm": 0o600}


def test_a_folder_that_is_not_there(path: Path) -> None:
    assert isinstance(why_not(path / "hubbub.db"), CannotOpenError)


def test_a_folder_in_place_of_the_file(path: Path) -> None:
    path.mkdir()
    assert isinstance(why_not(path), CannotOpenError)


def test_a_file_of_something_else(path: Path) -> None:
    path.write_text("Dear diary, today I kept a file where a database was to be." * 100)
    assert isinstance(why_not(path), NotADatabaseError)
    assert path.read_text().startswith("Dear diary")


def test_a_database_of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE diary (day TEXT)")
    before = path.read_bytes()
    error = why_not(path)
    assert isinstance(error, NotADatabaseError)
    assert "another program" in str(error)
    assert path.read_bytes() == before


def test_a_database_marked_by_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 7")
    assert isinstance(why_not(path), NotADatabaseError)


def test_a_damaged_database(path: Path) -> None:
    connect_writer(path, "full", BOUNDS).close()
    with path.open("r+b") as file:
        file.seek(100)  # behind the header: the root page of the schema
        file.write(b"\xff" * 3_000)
    assert isinstance(why_not(path), CorruptError)


def test_a_new_database_that_somebody_else_holds(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert isinstance(why_not(path), LockedError)


def test_memory_is_no_place_for_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(why_not(Path(":memory:")), DiskError)


def test_a_python_with_an_old_sqlite(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "SQLITE_NEEDED", (99, 1, 0))
    with pytest.raises(SqliteTooOldError, match=r"99\.1\.0 or later is needed"):
        connect_writer(path, "full", BOUNDS)
    assert not path.exists()


def test_an_sqlite_without_search(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "MODULE_NEEDED", "fts99")
    with pytest.raises(SqliteTooOldError, match="lacks fts99"):
        connect_writer(path, "full", BOUNDS)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that nobody can get to: those of pytest are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def test_a_folder_that_cannot_be_written(open_to_all: Path) -> None:
    open_to_all.chmod(0o555)
    with as_nobody():
        assert isinstance(why_not(open_to_all / "hubbub.db"), ReadOnlyError)
    open_to_all.chmod(0o777)


def test_a_file_that_can_be_written_in_a_folder_that_cannot(open_to_all: Path) -> None:
    path = open_to_all / "hubbub.db"
    with as_nobody():
        connect_writer(path, "full", BOUNDS).close()
    open_to_all.chmod(0o555)
    with as_nobody():
        assert isinstance(why_not(path), ReadOnlyError | CannotOpenError)
    open_to_all.chmod(0o777)


def test_a_file_that_cannot_be_written(open_to_all: Path) -> None:
    path = open_to_all / "hubbub.db"
    with as_nobody():
        connect_writer(path, "full", BOUNDS).close()
        path.chmod(0o400)
        assert isinstance(why_not(path), ReadOnlyError)
