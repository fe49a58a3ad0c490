"""Hearing of the commits of others, and of what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import psycopg
import pytest

from hubbub.store.database import Store, Transaction
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.presence import LOCK
from hubbub.testing.clock import ManualClock
from tests.support.deadline import eventually
from tests.support.postgres import PostgresServer

Heard = list[tuple[int, bool]]


def note(transaction: Transaction) -> None:
    transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}")


@pytest.fixture
def address(postgres: PostgresServer) -> PostgresAddress:
    return postgres.make_database()


@pytest.fixture
async def stores(address: PostgresAddress) -> AsyncIterator[tuple[Store, Store]]:
    """Two on one database, as of two hosts."""
    first = await Store.open(address, clock=ManualClock())
    second = await Store.open(address, clock=ManualClock())
    yield first, second
    await asyncio.gather(first.close(), second.close())


async def hears(store: Store) -> Heard:
    """What it hears from now on; it listens by then."""
    heard: Heard = []
    store.on_elsewhere(lambda head, announced: heard.append((head, announced)))
    await eventually(lambda: bool(heard), "a look at the log")
    heard.clear()
    return heard


async def test_the_others_hear_at_once_and_the_writer_needs_not(
    stores: tuple[Store, Store], postgres: PostgresServer
) -> None:
    first, second = stores
    mine, theirs = await hears(first), await hears(second)
    for _ in range(3):
        await first.write(note)
    postgres.run(f"SELECT pg_notify('hubbub_{first.epoch}', 'nonsense')")
    await first.write(lambda transaction: transaction.announce("session ended"))
    await eventually(lambda: (3, True) in theirs, "the notices of the other")
    assert {(1, False), (2, False), (3, True)} <= set(theirs) <= {(1, False), (2, False), (3, False), (3, True)}
    assert all(not announced for _, announced in mine), "only looked at the log"


async def test_a_listener_that_was_cut_off_looks_for_what_it_missed(
    stores: tuple[Store, Store], postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = stores
    mine, theirs = await hears(first), await hears(second)
    postgres.drop_connections()
    await first.write(note)
    await eventually(lambda: (1, False) in theirs or (1, True) in theirs, "the change that was made meanwhile")
    for heard in (mine, theirs):
        await eventually(lambda heard=heard: any(each[1] for each in heard), "the look after the connection is back")  # type: ignore[misc]
    await second.write(note)
    said = [record.levelname for record in caplog.records if record.name.endswith("listening")]
    assert sorted(said) == ["ERROR"] * 2 + ["WARNING"] * 2, "each of the two, once at the end and once when it is back"


async def test_a_loop_that_ends_with_a_query_under_way_is_no_reason_to_complain(
    postgres: PostgresServer, address: PostgresAddress, caplog: pytest.LogCaptureFixture
) -> None:
    engine = PostgresEngine(address)
    with closing(psycopg.connect(autocommit=True, **engine.parameters())) as other:
        other.execute(f"SELECT pg_advisory_lock({LOCK})".encode())
        before = asyncio.all_tasks()
        listening = engine.listen("testtest", lambda head, announced: None)
        (task,) = asyncio.all_tasks() - before
        await eventually(lambda: postgres.run(_WAITING) == [(1,)], "the query that waits for the lock")
        task.cancel()  # as the end of a loop does, to every task
        for _ in range(3):
            await asyncio.sleep(0)
        await listening.close()
        assert task.cancelled()
        assert postgres.run(_WAITING) == [(0,)]
    assert not caplog.records


_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
