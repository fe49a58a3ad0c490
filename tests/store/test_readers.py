"""The connections that read."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing

import psycopg
import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.store.connection import Connection
from hubbub.store.database import Store, Transaction
from hubbub.store.errors import CorruptError
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_head
from hubbub.store.readers import _in_snapshot
from hubbub.store.thread import ThreadedConnection
from hubbub.testing.clock import ManualClock
from tests.store.gate import Gate
from tests.store.places import Place
from tests.support.deadline import DEADLINE, eventually

BOUNDS = StoreLimits(read_connections=2, reads_waiting=2, close_seconds=0.05)


@pytest.fixture
async def small(place: Place) -> AsyncIterator[Store]:
    """A store with two connections to read, and room for two who wait."""
    store = await Store.open(place, clock=ManualClock(), bounds=BOUNDS)
    yield store
    await store.close()


def note(transaction: Transaction) -> None:
    transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}")


async def assert_all_are_back(store: Store, connections: int) -> None:
    """So many reads meet, so there are as many connections."""
    meeting = threading.Barrier(connections)
    await asyncio.gather(*(store.read(lambda _: meeting.wait(DEADLINE)) for _ in range(connections)))


async def test_a_read_sees_one_state_however_long_it_takes(store: Store) -> None:
    seen: list[int] = []
    with Gate() as gate:

        def look_twice(connection: Connection) -> None:
            seen.append(select_head(connection))
            gate.pass_through()
            seen.append(select_head(connection))

        looking = asyncio.ensure_future(store.read(look_twice))
        await gate.reached()
        await store.write(note)
    await looking
    assert seen == [0, 0]
    assert await store.read(select_head) == 1


async def test_a_read_sees_what_was_answered_before(store: Store) -> None:
    for expected in range(1, 20):
        await store.write(note)
        assert await store.read(select_head) == expected


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction), match=r"read-?only"):
        await store.read(lambda connection: connection.execute("DELETE FROM changes"))


async def test_what_a_read_raises_comes_out_and_costs_no_connection(small: Store) -> None:
    def fail(_: Connection) -> None:
        raise ValueError("no")

    for _ in range(5):
        with pytest.raises(ValueError, match="no"):
            await small.read(fail)
    await assert_all_are_back(small, 2)


class HalfBegun(ThreadedConnection):
    def begin_read(self) -> None:
        super().begin_read()
        raise sqlite3.OperationalError("the answer did not come")


def test_a_read_that_fails_while_it_begins_leaves_no_transaction_open() -> None:
    with closing(sqlite3.connect(":memory:", factory=HalfBegun, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            _in_snapshot(lambda _: None, connection)
        assert not connection.in_transaction


async def test_reads_run_side_by_side(store: Store) -> None:
    await assert_all_are_back(store, StoreLimits().read_connections)


async def test_more_than_may_wait_is_refused_at_once(small: Store) -> None:
    with Gate() as gate:
        running = [asyncio.ensure_future(small.read(gate.pass_through)) for _ in range(2)]
        await gate.reached()
        waiting = [asyncio.ensure_future(small.read(select_head)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(HubbubError) as refused:
            await small.read(select_head)
    assert refused.value.code == ErrorCode.SERVER_BUSY
    assert refused.value.retry_after
    await asyncio.gather(*running)
    assert await asyncio.gather(*waiting) == [0, 0]


async def test_a_cancelled_read_gives_its_connection_back_when_it_has_ended(small: Store) -> None:
    with Gate() as gate:
        reading = asyncio.ensure_future(small.read(gate.pass_through))
        await gate.reached()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await small.read(select_head) == 0
    await assert_all_are_back(small, 2)


async def test_a_read_that_is_cancelled_while_it_waits_takes_nothing(small: Store) -> None:
    with Gate() as gate:
        running = [asyncio.ensure_future(small.read(gate.pass_through)) for _ in range(2)]
        await gate.reached()
        waiting = [asyncio.ensure_future(small.read(select_head)) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        more = asyncio.ensure_future(small.read(select_head))
        await asyncio.sleep(0)
    await asyncio.gather(*running)
    assert (await waiting[1], await more) == (0, 0)
    await assert_all_are_back(small, 2)


async def test_a_storm_of_cancelled_reads_leaves_every_connection(small: Store) -> None:
    for round in range(50):
        reads = [asyncio.ensure_future(small.read(select_head)) for _ in range(4)]
        for _ in range(round % 4):
            await asyncio.sleep(0)
        for read in reads[round % 3 :]:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
    await assert_all_are_back(small, 2)


async def test_damage_is_told_as_what_it_is(sqlite_store: Store) -> None:
    def find_damage(_: Connection) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    with pytest.raises(CorruptError, match="restore the latest backup"):
        await sqlite_store.read(find_damage)


async def test_closing_breaks_off_a_read_that_does_not_end(small: Store) -> None:
    begun = threading.Event()

    def endless(connection: Connection) -> None:
        begun.set()
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        ).fetchone()

    reading = asyncio.ensure_future(small.read(endless))
    await eventually(begun.is_set, "the read has begun")
    await small.close()
    with pytest.raises(HubbubError, match="stopping"):
        await reading


async def test_closing_refuses_the_reads_that_wait(small: Store) -> None:
    with Gate() as gate:
        running = [asyncio.ensure_future(small.read(gate.pass_through)) for _ in range(2)]
        await gate.reached()
        waiting = [asyncio.ensure_future(small.read(select_head)) for _ in range(2)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(small.close())
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["The server is stopping. Try again in a moment."] * 2
    await asyncio.gather(closing, *running)


async def test_a_closed_store_is_not_read(small: Store) -> None:
    await small.close()
    with pytest.raises(HubbubError, match="stopping") as refused:
        await small.read(select_head)
    assert refused.value.code == ErrorCode.SERVER_BUSY
