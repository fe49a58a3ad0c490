"""Hearing of the commits of others, and of what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hubbub.store.database import Store, Transaction
from hubbub.store.postgres.address import PostgresAddress
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
    assert [each for each in theirs if each != (3, False)] == [(1, False), (2, False), (3, True)]
    assert all(not announced for _, announced in mine), "only looked at the log"


async def test_a_listener_that_was_cut_off_looks_for_what_it_missed(
    stores: tuple[Store, Store], postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = stores
    await hears(first)
    theirs = await hears(second)
    postgres.drop_connections()
    await first.write(note)
    await eventually(lambda: (1, False) in theirs or (1, True) in theirs, "the change that was made meanwhile")
    await eventually(lambda: any(announced for _, announced in theirs), "the look after the connection is back")
    await second.write(note)
    said = [record.levelname for record in caplog.records if record.name.endswith("listening")]
    assert sorted(said) == ["ERROR"] * 2 + ["WARNING"] * 2, "each of the two, once at the end and once when it is back"
