"""SQLite as an engine."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hubbub.store.connection import Connection
from hubbub.store.errors import LockedError
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_epoch, select_head
from hubbub.store.sqlite_engine import SqliteEngine


async def test_the_writer_leaves_one_file_behind(path: Path) -> None:
    engine = SqliteEngine(path)
    writer = await engine.open_writer()
    await writer.run(_write)
    assert len(list(path.parent.iterdir())) > 1
    await engine.close_writer(writer)
    assert [file.name for file in path.parent.iterdir()] == ["hubbub.db"]


async def test_what_was_committed_moves_into_the_database_while_nothing_waits(path: Path, tmp_path: Path) -> None:
    engine = SqliteEngine(path)
    writer = await engine.open_writer()
    await writer.run(_write)
    await writer.run(engine.settle)
    alone = tmp_path / "alone.db"
    shutil.copy(path, alone)  # without the write-ahead log beside it
    with closing(sqlite3.connect(alone)) as copy:
        assert select_epoch(copy) == "another"
    await engine.close_writer(writer)


async def test_it_may_be_refused(path: Path) -> None:
    engine = SqliteEngine(path)
    writer = await engine.open_writer()
    await writer.run(lambda connection: connection.begin_write())  # a checkpoint is refused within a transaction
    await writer.run(engine.settle)
    await writer.run(lambda connection: connection.roll_back())
    await engine.close_writer(writer)


async def test_a_checkpoint_that_fails_is_said_and_the_thread_ends(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = SqliteEngine(path)
    writer = await engine.open_writer()
    await writer.run(lambda connection: connection.begin_write())  # a checkpoint is refused within a transaction
    with caplog.at_level(logging.WARNING):
        await engine.close_writer(writer)
    assert "stays beside the database" in caplog.text


async def test_its_errors_name_the_file(path: Path) -> None:
    engine = SqliteEngine(path, bounds=StoreLimits(busy_seconds=0.01))
    writer = await engine.open_writer()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as refused:
            await writer.run(lambda connection: connection.begin_write())
    await engine.close_writer(writer)
    meaning = engine.error(refused.value)
    assert isinstance(meaning, LockedError)
    assert engine.name == str(path)
    assert str(path) in str(meaning)
    assert not engine.interrupted(refused.value)


async def test_a_reader_reads_and_the_edition_tells_of_commits(path: Path) -> None:
    engine = SqliteEngine(path)
    writer, reader = await engine.open_writer(), await engine.open_reader()
    edition = await engine.open_edition(writer)
    try:
        before = edition.now()
        await writer.run(_write)
        assert edition.now() != before is not None
        assert await reader.run(select_head) == 0
    finally:
        edition.close()
        await reader.close()
        await engine.close_writer(writer)


def _write(connection: Connection) -> None:
    connection.execute("UPDATE about SET epoch = 'another'")
