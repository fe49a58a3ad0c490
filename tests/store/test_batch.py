"""Many writes in one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from hubbub.store.answers import insert_answer
from hubbub.store.batch import Batch, Group, Write, run_batch
from hubbub.store.connect import connect_writer
from hubbub.store.connection import Session
from hubbub.store.engine import Engine
from hubbub.store.errors import CorruptError, DiskFullError, LockedError, StoreError
from hubbub.store.limits import GROUP_WRITES, StoreLimits
from hubbub.store.log import select_change_range
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.sqlite_engine import SqliteEngine
from hubbub.store.thread import ThreadedConnection
from hubbub.store.transaction import Transaction
from hubbub.testing.clock import START
from tests.store.places import Place
from tests.store.world import EPOCH, FORBIDDEN, connect_postgres
from tests.support.deadline import DEADLINE

Work = Callable[[Transaction], object]
NOWHERE = PostgresAddress("postgresql://nowhere")  # it only says what errors mean
BOUNDS = StoreLimits(busy_seconds=0.05)
PATIENT = StoreLimits(busy_seconds=DEADLINE)  # PostgreSQL ends by it who is idle in a transaction as well


@pytest.fixture
def connection(path: Path) -> Iterator[ThreadedConnection]:
    with closing(connect_writer(path, "full", BOUNDS)) as connection:
        yield connection


def connect_to(place: Place) -> ThreadedConnection | PostgresConnection:
    return connect_writer(place, "full", BOUNDS) if isinstance(place, Path) else connect_postgres(place, PATIENT)


@pytest.fixture
def session(place: Place) -> Iterator[Session]:
    """The same on each engine, for what has to hold on every one."""
    with closing(connect_to(place)) as session:
        yield session


def write(work: Work) -> Write:
    return Write(work, asyncio.get_running_loop().create_future())


def engine_of(connection: Session) -> Engine:
    return SqliteEngine(Path("hubbub.db")) if isinstance(connection, ThreadedConnection) else PostgresEngine(NOWHERE)


def run(connection: Session, writes: Sequence[Write], seconds: float = DEADLINE) -> Batch:
    return run_batch(
        connection,
        writes,
        engine=engine_of(connection),
        epoch=EPOCH,
        now=START,
        seconds=seconds,
        monotonic=time.monotonic,
    )


def note(transaction: Transaction) -> int:
    return transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}").id


def fail(transaction: Transaction) -> None:
    note(transaction)
    transaction.announce("never heard")
    raise ValueError("no")


def logged(connection: Session) -> list[int]:
    return [change.id for change in select_change_range(connection, EPOCH, 0, 1_000)]


async def test_a_batch_is_one_transaction(connection: ThreadedConnection) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    writes = [write(note) for _ in range(5)]
    batch = run(connection, writes)
    assert (batch.taken, batch.failure) == (5, None)
    assert [each.result for each in writes] == [change.id for change in batch.changes] == [1, 2, 3, 4, 5]
    assert statements[0] == "BEGIN IMMEDIATE"
    assert [each for each in statements if each in ("BEGIN IMMEDIATE", "COMMIT")] == ["BEGIN IMMEDIATE", "COMMIT"]


async def test_a_write_that_raises_undoes_itself_only(session: Session) -> None:
    writes = [write(note), write(fail), write(note)]
    batch = run(session, writes)
    assert isinstance(writes[1].error, ValueError)
    assert [change.id for change in batch.changes] == logged(session) == [1, 2]
    assert batch.notices == []


async def test_a_write_whose_caller_has_gone_is_dropped(session: Session) -> None:
    writes = [write(note), write(note), write(note)]
    writes[1].answer.cancel()
    batch = run(session, writes)
    assert batch.taken == 3
    assert [each.result for each in writes] == [1, None, 2]


async def test_no_write_begins_when_the_time_is_over_but_the_first(session: Session) -> None:
    batch = run(session, [write(note), write(note)], seconds=-1)
    assert batch.taken == 1
    assert logged(session) == [1]


async def test_a_full_disk_keeps_nothing_of_the_batch_and_all_before_it(connection: ThreadedConnection) -> None:
    run(connection, [write(note)])
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (before,) = connection.execute("PRAGMA max_page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    def much(transaction: Transaction) -> None:
        transaction.append_change("user_changed", room_id=None, actor_id=None, data='"' + "x" * 100_000 + '"')

    writes = [write(note), write(fail), write(much), write(note)]
    batch = run(connection, writes)
    assert isinstance(batch.failure, DiskFullError)
    assert batch.changes == []
    assert not connection.in_transaction
    assert logged(connection) == [1]

    connection.execute(f"PRAGMA max_page_count = {before}")
    assert run(connection, [write(much), write(note)]).failure is None
    assert logged(connection) == [1, 2, 3]


async def test_a_commit_that_fails_keeps_nothing(connection: ThreadedConnection) -> None:
    def promise(transaction: Transaction) -> None:
        transaction.connection.execute("PRAGMA defer_foreign_keys = ON")
        transaction.connection.execute("INSERT INTO spans (room_id, user_id, from_id) VALUES ('no', 'no', 1)")

    batch = run(connection, [write(note), write(promise)])
    assert isinstance(batch.failure, StoreError)
    assert "FOREIGN KEY" in str(batch.failure)
    assert not connection.in_transaction
    assert logged(connection) == []
    assert run(connection, [write(note)]).failure is None


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK"])
async def test_a_write_that_ends_the_transaction_is_told(connection: ThreadedConnection, statement: str) -> None:
    def end(transaction: Transaction) -> None:
        transaction.connection.execute(statement)

    batch = run(connection, [write(end)])
    assert isinstance(batch.failure, StoreError)
    assert "neither commit nor roll back" in str(batch.failure)
    assert run(connection, [write(note)]).failure is None


async def test_a_lock_of_another_process_fails_the_batch(session: Session, place: Place) -> None:
    if isinstance(session, PostgresConnection):
        session.execute("SET lock_timeout = 50")
    with closing(connect_to(place)) as other:
        other.begin_write()
        batch = run(session, [write(note), write(note)])
        assert isinstance(batch.failure, LockedError)
        assert batch.taken == 2
        other.roll_back()
    assert run(session, [write(note)]).failure is None


async def test_damage_found_by_one_write_fails_the_batch(connection: ThreadedConnection) -> None:
    def find_damage(_: Transaction) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    batch = run(connection, [write(note), write(find_damage)])
    assert isinstance(batch.failure, CorruptError)
    assert logged(connection) == []


# --- groups ---


class Notes:
    """A group that writes one change for each item; it refuses some, and raises when it meets others."""

    def __init__(self, *, refused: str = "", fatal: str = "") -> None:
        self.calls: list[list[str]] = []
        self._refused = refused
        self._fatal = fatal

    def __call__(self, transaction: Transaction, items: Sequence[str]) -> list[object]:
        self.calls.append(list(items))
        outcomes: list[object] = []
        for item in items:
            if item in self._refused:
                outcomes.append(PermissionError(item))
                continue
            outcomes.append(note(transaction))
            transaction.announce(item)
            if item in self._fatal:
                raise ValueError(item)
        return outcomes


def grouped(group: Group, *items: str) -> list[Write]:
    return [Write.of(group, item, asyncio.get_running_loop().create_future()) for item in items]


async def test_neighbours_of_one_group_are_done_by_one_call(session: Session) -> None:
    notes, others = Notes(refused="c"), Notes()
    writes = [*grouped(notes, *"abcd"), write(note), *grouped(notes, "e"), *grouped(others, "f"), *grouped(notes, "g")]
    batch = run(session, writes)
    assert (notes.calls, others.calls) == ([["a", "b", "c", "d"], ["e"], ["g"]], [["f"]])
    assert [each.result for each in writes] == [1, 2, None, 3, 4, 5, 6, 7]
    assert [type(each.error) for each in writes if each.error] == [PermissionError]
    assert [each.id for each in batch.changes] == logged(session) == [1, 2, 3, 4, 5, 6, 7]
    assert batch.notices == ["a", "b", "d", "e", "f", "g"]


async def test_a_group_that_raises_is_undone_and_each_done_alone(session: Session) -> None:
    notes = Notes(refused="b", fatal="c")
    writes = grouped(notes, *"abcd")
    batch = run(session, writes)
    assert notes.calls == [["a", "b", "c", "d"], ["a"], ["b"], ["c"], ["d"]]
    assert [each.result for each in writes] == [1, None, None, 2]
    assert [type(each.error) for each in writes if each.error] == [PermissionError, ValueError]
    assert [each.id for each in batch.changes] == logged(session) == [1, 2]
    assert batch.notices == ["a", "d"]


async def test_what_the_database_refuses_one_of_a_group_is_done_by_the_others(session: Session) -> None:
    def take(transaction: Transaction, items: Sequence[str]) -> list[object]:
        for item in items:
            note(transaction)
            connection = transaction.connection
            insert_answer(connection, scope="s", key=item, fingerprint="", answer="", now=START)
        return list(items)

    writes = grouped(take, *"abac")
    batch = run(session, writes)
    assert batch.failure is None
    assert [each.result for each in writes] == ["a", "b", None, "c"]
    assert isinstance(writes[2].error, FORBIDDEN)
    assert [each.id for each in batch.changes] == logged(session) == [1, 2, 3]


async def test_groups_are_bounded_and_leave_out_whoever_has_gone(session: Session) -> None:
    notes = Notes()
    writes = grouped(notes, *(["a"] * (GROUP_WRITES + 2)))
    writes[0].answer.cancel()
    batch = run(session, writes)
    assert [len(call) for call in notes.calls] == [GROUP_WRITES - 1, 2]
    assert (batch.taken, len(logged(session))) == (GROUP_WRITES + 2, GROUP_WRITES + 1)


async def test_a_full_disk_is_no_fault_of_one_of_a_group(connection: ThreadedConnection) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    def much(transaction: Transaction, items: Sequence[str]) -> list[object]:
        for _ in items:
            transaction.append_change("user_changed", room_id=None, actor_id=None, data='"' + "x" * 100_000 + '"')
        return list(items)

    batch = run(connection, grouped(much, "a", "b"))
    assert (type(batch.failure), logged(connection)) == (DiskFullError, [])
