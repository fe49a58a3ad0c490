"""What the tests of backup and restore share: a database with something in it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from hubbub.domain.changes import LoggedChange
from hubbub.store import backup, restore
from hubbub.store.backup import Progress
from hubbub.store.connect import connect_reader
from hubbub.store.connection import Connection, Session
from hubbub.store.contents import Contents
from hubbub.store.database import Store, Transaction
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_change_range, select_epoch, select_former_epochs
from hubbub.store.messages import delete_message
from hubbub.store.postgres import backup as postgres_backup
from hubbub.store.postgres import restore as postgres_restore
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.reactions import insert_reaction
from hubbub.testing.clock import START, ManualClock
from tests.store.places import Place
from tests.store.world import World

EPOCH = "anything"
EVERYBODY = ("a", "b", "c")


def unwatched(_left: int, _total: int) -> None:
    """Nobody looks how far it is."""


def note(transaction: Transaction, text: str = "") -> LoggedChange:
    """One more change, as long as `text`."""
    return transaction.append_change("user_changed", room_id=None, actor_id=None, data=f'{{"text": "{text}"}}')


def furnish(connection: Session) -> None:
    """Something of nearly everything, for `EVERYBODY`."""
    world = World(connection)
    for user in EVERYBODY:
        world.user(user, username=f"Ünï {user}")
    world.room("r1", visibility="public")
    world.room("r2", visibility="private")
    for room in ("r1", "r2"):
        for user in EVERYBODY:
            world.join(room, user)
        for number in range(7):
            world.post(room, "a", f"tab\tnewline\n backslash \\ \\N 🍵 {number}", client_id=f"{room}{number}")
    world.post("r1", "b", reply_to="m1")
    insert_reaction(connection, "m1", "🍵", "b")
    delete_message(connection, "m2", world.now)
    world.leave("r2", "b")
    world.post("r2", "a")


async def filled(place: Place, changes: int) -> str:
    """A database with so many changes, that nobody has open; its epoch."""
    store = await Store.open(place, clock=ManualClock())
    try:
        for _ in range(changes):
            await store.write(note)
        return store.epoch
    finally:
        await store.close()


def log_of(place: Place) -> list[LoggedChange]:
    """All of a log, under an epoch that is the same for every database."""
    with reading(place) as connection:
        return select_change_range(connection, EPOCH, 0, 2**62, limit=2**31)


def epochs(place: Place) -> tuple[str, dict[str, int]]:
    """What a log is called, and those that it goes on from."""
    with reading(place) as connection:
        return select_epoch(connection), select_former_epochs(connection)


@contextmanager
def reading(place: Place) -> Iterator[Connection]:
    """A connection that is closed at the end."""
    if isinstance(place, Path):
        with closing(connect_reader(place, StoreLimits())) as connection:
            yield connection
    else:
        with closing(PostgresEngine(place).connect()) as other:
            yield other


def back_up(place: Place, file: Path, *, replace: bool = False, progress: Progress = unwatched) -> Contents:
    """As `hubbub backup` does it, of each engine."""
    if isinstance(place, Path):
        return backup.back_up(place, file, replace=replace, progress=progress)
    return postgres_backup.back_up(place, file, replace=replace, progress=progress)


def restored(file: Path, place: Place, *, replace: bool = False, now: datetime = START) -> Contents:
    """As `hubbub restore` does it, into each engine."""
    if isinstance(place, Path):
        return restore.restore(file, place, replace=replace, now=now, progress=unwatched).contents
    return postgres_restore.restore(file, place, file.parent, replace=replace, now=now, progress=unwatched).contents


def rename_log(place: Place) -> str:
    """As `hubbub rename-log` does it, of each engine."""
    if isinstance(place, Path):
        return restore.rename_log(place)
    return postgres_restore.rename_log(place)
