"""What the tests of backup and restore share: a database with something in it, and what came of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hubbub.domain.changes import LoggedChange
from hubbub.store.connect import connect_reader
from hubbub.store.database import Store, Transaction
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_change_range
from hubbub.testing.clock import ManualClock

EPOCH = "anything"


def unwatched(_left: int, _total: int) -> None:
    """Nobody looks how far it is."""


def note(transaction: Transaction, text: str = "") -> LoggedChange:
    """One more change, as long as `text`."""
    return transaction.append_change("user_changed", room_id=None, actor_id=None, data=f'{{"text": "{text}"}}')


async def filled(path: Path, changes: int) -> str:
    """A database with so many changes, that nobody has open; its epoch."""
    store = await Store.open(path, clock=ManualClock())
    try:
        for _ in range(changes):
            await store.write(note)
        return store.epoch
    finally:
        await store.close()


def log_of(path: Path) -> list[LoggedChange]:
    """All of a log, under an epoch that is the same for every database."""
    with closing(connect_reader(path, StoreLimits())) as connection:
        return select_change_range(connection, EPOCH, 0, 2**62, limit=2**31)
