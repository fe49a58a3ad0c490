"""The number that says whether anything was committed, whoever did it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hubbub.store.connect import connect_edition
from hubbub.store.database import Store, Transaction
from hubbub.store.edition import Edition
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_head
from hubbub.testing.clock import ManualClock


def write(transaction: Transaction) -> None:
    transaction.append_change("user_changed", room_id=None, actor_id="ada", data="{}")


async def test_a_commit_changes_it_before_the_commit_is_answered(sqlite_store: Store) -> None:
    first = sqlite_store.edition()
    await sqlite_store.read(select_head)
    assert sqlite_store.edition() == first is not None
    await sqlite_store.write(write)
    assert sqlite_store.edition() != first


async def test_a_commit_by_somebody_else_changes_it(sqlite_store: Store, path: Path, clock: ManualClock) -> None:
    other = await Store.open(path, clock=clock)
    try:
        first = sqlite_store.edition()
        await other.write(write)
        assert sqlite_store.edition() != first
    finally:
        await other.close()


async def test_it_waits_for_nobody_who_writes(sqlite_store: Store, path: Path) -> None:
    first = sqlite_store.edition()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE about SET epoch = 'another'")
    assert sqlite_store.edition() == first, "nothing is committed yet"
    other.execute("COMMIT")
    assert sqlite_store.edition() != first
    other.close()


async def test_there_is_none_once_it_is_closed(sqlite_store: Store, path: Path) -> None:
    edition = Edition(connect_edition(path, StoreLimits()))
    assert edition.now() is not None
    edition.close()
    assert edition.now() is None
