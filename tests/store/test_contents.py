"""What a copy holds is counted, and what is not sound is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hubbub.domain.cursors import encode_cursor
from hubbub.store.connect import connect_writer
from hubbub.store.contents import examine
from hubbub.store.errors import CorruptError, NewerDatabaseError, NotADatabaseError
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_epoch
from tests.store.copying import filled
from tests.store.world import World


def test_messages_and_changes_are_counted_and_the_cursor_is_behind_them(path: Path) -> None:
    with closing(connect_writer(path, "full", StoreLimits())) as connection:
        world = World(connection)
        world.user("a")
        world.room("r1")
        world.join("r1", "a")
        for _ in range(3):
            world.post("r1", "a")
        epoch = select_epoch(connection)
    found = examine(path)
    assert (found.messages, found.changes, found.cursor) == (3, 4, encode_cursor(epoch, 4))
    assert found.size == path.stat().st_size


async def test_an_index_that_lacks_a_row_is_damage(path: Path) -> None:
    """What `quick_check` would let pass."""
    await filled(path, 3)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = sql || ' AND 0' WHERE name = 'changes_of_message'")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL AND 0', 'NULL') WHERE type = 'index'"
        )
    with pytest.raises(CorruptError, match="missing from index changes_of_message"):
        examine(path)


async def test_what_another_version_or_another_program_wrote_is_told(path: Path) -> None:
    await filled(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(NewerDatabaseError, match="newer"):
        examine(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 7")
    with pytest.raises(NotADatabaseError, match="the backup"):
        examine(path, called=Path("the backup"))
