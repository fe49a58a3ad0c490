"""The one writer: groups, order, bounds, and callers who go."""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.store.connection import Session
from hubbub.store.database import Committed, Store, Transaction
from hubbub.store.errors import StoreError
from hubbub.store.limits import SETTLE_COMMITS, StoreLimits
from hubbub.store.log import select_change_range
from hubbub.store.sqlite_engine import SqliteEngine
from hubbub.testing.clock import ManualClock
from tests.store.gate import Gate
from tests.store.places import Place


def note(transaction: Transaction) -> int:
    return transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}").id


def labelled(label: str) -> Callable[[Transaction], int]:
    def work(transaction: Transaction) -> int:
        return transaction.append_change("user_changed", room_id=None, actor_id=label, data="{}").id

    return work


async def labels(store: Store) -> list[str | None]:
    changes = await store.read(
        lambda connection: select_change_range(connection, store.epoch, 0, store.head, limit=100_000)
    )
    return [change.actor_id for change in changes]


@asynccontextmanager
async def opened(place: Place, bounds: StoreLimits) -> AsyncIterator[Store]:
    store = await Store.open(place, clock=ManualClock(), bounds=bounds)
    try:
        yield store
    finally:
        await store.close()


@pytest.mark.parametrize(("batch_writes", "expected"), [(1_000, 1), (10, 10)])
async def test_writes_that_wait_share_a_commit(place: Place, batch_writes: int, expected: int) -> None:
    commits: list[int] = []
    async with opened(place, StoreLimits(batch_writes=batch_writes, batch_seconds=60)) as store:
        store.on_commit(lambda committed: commits.append(len(committed.changes)))
        with Gate() as gate:
            held = asyncio.ensure_future(store.write(gate.pass_through))
            await gate.reached()
            waiting = [asyncio.ensure_future(store.write(note)) for _ in range(100)]
            await asyncio.sleep(0)
        await asyncio.gather(held, *waiting)
    assert len(commits) == expected
    assert sum(commits) == 100


async def test_a_group_ends_in_time_and_the_rest_comes_after(place: Place) -> None:
    commits: list[list[str | None]] = []
    async with opened(place, StoreLimits(batch_seconds=1e-9)) as store:
        store.on_commit(lambda committed: commits.append([change.actor_id for change in committed.changes]))
        await asyncio.gather(*(store.write(labelled(str(number))) for number in range(20)))
    assert len(commits) > 1
    assert [label for group in commits for label in group] == [str(number) for number in range(20)]


async def test_writes_happen_in_the_order_in_which_they_came(store: Store) -> None:
    assert await asyncio.gather(*(store.write(note) for _ in range(100))) == list(range(1, 101))


async def test_one_that_raises_harms_no_other(store: Store) -> None:
    heard: list[Committed] = []
    store.on_commit(heard.append)

    def fail(transaction: Transaction) -> None:
        note(transaction)
        transaction.announce("never heard")
        raise HubbubError(ErrorCode.CONFLICT, "no")

    answers = await asyncio.gather(*(store.write(work) for work in (note, fail, note)), return_exceptions=True)
    assert [answers[0], answers[2]] == [1, 2]
    assert isinstance(answers[1], HubbubError)
    assert answers[1].code == ErrorCode.CONFLICT
    await store.close()
    assert [change.id for committed in heard for change in committed.changes] == [1, 2]
    assert [notice for committed in heard for notice in committed.notices] == []


async def test_what_a_future_refuses_is_told_all_the_same(store: Store) -> None:
    def stop(_: Transaction) -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await store.write(stop)


async def test_all_answers_of_a_commit_come_before_its_listeners(store: Store) -> None:
    order: list[object] = []
    store.on_commit(lambda committed: order.append(len(committed.changes)))

    async def write() -> None:
        order.append(f"answer {await store.write(note)}")

    with Gate() as gate:
        held = asyncio.ensure_future(store.write(gate.pass_through))
        await gate.reached()
        waiting = [asyncio.ensure_future(write()) for _ in range(3)]
        await asyncio.sleep(0)
    await asyncio.gather(held, *waiting)
    await store.close()
    assert order == ["answer 1", "answer 2", "answer 3", 3]


async def test_a_notice_is_told_without_a_change(store: Store) -> None:
    heard: list[Committed] = []
    store.on_commit(heard.append)
    await store.write(lambda transaction: transaction.announce("session revoked"))
    await store.close()
    assert heard == [Committed((), ("session revoked",))]
    assert store.head == 0


async def test_more_than_may_wait_is_refused_at_once(place: Place) -> None:
    async with opened(place, StoreLimits(writes_waiting=3, retry_after_seconds=7)) as store:
        with Gate() as gate:
            held = asyncio.ensure_future(store.write(gate.pass_through))
            await gate.reached()
            waiting = [asyncio.ensure_future(store.write(note)) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(HubbubError) as refused:
                await store.write(note)
        assert (refused.value.code, refused.value.retry_after) == (ErrorCode.SERVER_BUSY, 7)
        await held
        assert await asyncio.gather(*waiting) == [1, 2, 3]
        assert await store.write(note) == 4


async def test_a_write_that_has_not_begun_goes_with_its_caller(store: Store) -> None:
    with Gate() as gate:
        held = asyncio.ensure_future(store.write(gate.pass_through))
        await gate.reached()
        gone = asyncio.ensure_future(store.write(labelled("gone")))
        stays = asyncio.ensure_future(store.write(labelled("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(held, stays)
    assert await labels(store) == ["stays"]


async def test_a_write_that_has_begun_is_kept_without_its_caller(store: Store) -> None:
    heard: list[Committed] = []
    store.on_commit(heard.append)
    with Gate() as gate:

        def work(transaction: Transaction) -> None:
            labelled("begun")(transaction)
            gate.pass_through()

        gone = asyncio.ensure_future(store.write(work))
        await gate.reached()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    await store.write(labelled("next"))
    assert await labels(store) == ["begun", "next"]
    await store.close()
    assert [change.id for committed in heard for change in committed.changes] == [1, 2]


@pytest.mark.parametrize("seed", range(3))
async def test_a_storm_of_cancelled_callers_loses_and_invents_nothing(place: Place, seed: int) -> None:
    chance = random.Random(seed)
    begun: set[str] = set()
    answered: dict[str, int] = {}

    async with opened(place, StoreLimits(batch_writes=7)) as store:

        async def caller(label: str) -> None:
            def work(transaction: Transaction) -> int:
                begun.add(label)
                change_id = labelled(label)(transaction)
                if int(label) % 11 == 0:
                    begun.discard(label)
                    raise ValueError(label)
                return change_id

            answered[label] = await store.write(work)

        callers = [asyncio.ensure_future(caller(str(number))) for number in range(400)]
        for one in chance.sample(callers, 300):
            one.cancel()
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
        outcomes = await asyncio.gather(*callers, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {type(None), asyncio.CancelledError, ValueError}

        kept = await labels(store)
        assert len(kept) == len(set(kept))
        assert set(kept) == begun
        assert set(answered) <= begun
        assert all(kept[change_id - 1] == label for label, change_id in answered.items())
        assert await store.write(note) == len(kept) + 1


async def test_a_full_disk_is_a_busy_server_until_there_is_room(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    def limit(pages: int) -> Callable[[Transaction], None]:
        def work(transaction: Transaction) -> None:
            transaction.connection.execute(f"PRAGMA max_page_count = {pages}")

        return work

    def much(transaction: Transaction) -> None:
        transaction.append_change("user_changed", room_id=None, actor_id="much", data='"' + "x" * 100_000 + '"')

    await sqlite_store.write(labelled("before"))
    await sqlite_store.write(limit(1))  # never below what there is
    with caplog.at_level(logging.WARNING, "hubbub.store.writer"):
        for _ in range(3):
            with pytest.raises(HubbubError, match="no disk space") as refused:
                await sqlite_store.write(much)
            assert refused.value.code == ErrorCode.SERVER_BUSY
        await sqlite_store.write(limit(1_000_000))
        await sqlite_store.write(much)
    assert await labels(sqlite_store) == ["before", "much"]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_a_lock_of_another_process_is_a_busy_server(path: Path) -> None:
    async with opened(path, StoreLimits(busy_seconds=0.05)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(HubbubError, match="in use by another program"):
                await store.write(note)
            other.execute("ROLLBACK")
        assert await store.write(note) == 1


async def test_a_broken_transaction_is_told_to_each_caller_apart(store: Store) -> None:
    def end(transaction: Transaction) -> None:
        transaction.connection.execute("COMMIT")

    with Gate() as gate:
        held = asyncio.ensure_future(store.write(gate.pass_through))
        await gate.reached()
        waiting = [asyncio.ensure_future(store.write(work)) for work in (note, end)]
        await asyncio.sleep(0)
    await held
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreError, StoreError]
    assert outcomes[0] is not outcomes[1]


async def test_works_run_in_one_thread_that_is_not_the_loops(store: Store) -> None:
    threads = await asyncio.gather(*(store.write(lambda _: threading.get_ident()) for _ in range(10)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_the_time_of_a_write_is_the_clocks(store: Store, clock: ManualClock) -> None:
    clock.advance(5)
    assert await store.write(lambda transaction: transaction.now) == clock.now()


async def test_the_engine_tidies_up_after_so_many_commits_and_not_while_a_write_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str | int] = []
    settle = SqliteEngine.settle

    def note_settling(engine: SqliteEngine, connection: Session) -> None:
        done.append("settled")
        settle(engine, connection)

    def write(transaction: Transaction) -> None:
        done.append(note(transaction))

    monkeypatch.setattr(SqliteEngine, "settle", note_settling)
    async with opened(tmp_path / "hubbub.db", StoreLimits(batch_writes=1)) as store:
        waiting = [asyncio.ensure_future(store.write(write)) for _ in range(SETTLE_COMMITS + 1)]
        await asyncio.gather(*waiting)
        await store.write(write)
    # All of it in the writer's thread, one after the other.
    assert done == [*range(1, SETTLE_COMMITS + 2), "settled", SETTLE_COMMITS + 2]
