"""When a group waits for more, and for how long."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.store.database import Committed, Store, Transaction
from hubbub.store.gathering import Gathering
from hubbub.store.limits import GROUP_WRITES, SIBLINGS, StoreLimits
from hubbub.testing.clock import ManualClock
from tests.store.places import Place
from tests.support.deadline import DEADLINE

FOR_EVER = 3_600.0  # seconds: what waits so long in a test waits until something comes
AT_ONCE = 1e-6
MANY = 16


def gathering(*, taken: int = MANY, waiting: int = 0, seconds: float = FOR_EVER, most: float = FOR_EVER) -> Gathering:
    made = Gathering(most)
    made.ended(taken=taken, waiting=waiting, seconds=seconds)
    return made


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_it_waits_until_as_many_are_there_as_wrote_last() -> None:
    gathers = gathering(taken=10, waiting=6)
    wait = asyncio.ensure_future(gathers.wait(6))
    for there in range(7, 16):
        gathers.came(there)
        await turns()
        assert not wait.done()
    gathers.came(16)
    await wait


async def test_it_waits_no_longer_than_the_last_group_took() -> None:
    await gathering(seconds=AT_ONCE).wait(1)


async def test_nor_longer_than_a_group_may_take() -> None:
    await gathering(most=AT_ONCE).wait(1)


@pytest.mark.parametrize(
    ("last", "waiting"),
    [
        (Gathering(FOR_EVER), 1),  # the first of all
        (gathering(taken=MANY, waiting=0), MANY),
        (gathering(taken=SIBLINGS), 1),
        (gathering(taken=SIBLINGS - 1, waiting=1), 1),
        (gathering(taken=1_000), GROUP_WRITES),
        (gathering(seconds=0.0), 1),  # the last group failed
    ],
)
async def test_it_does_not_wait(last: Gathering, waiting: int) -> None:
    wait = last.wait(waiting)
    with pytest.raises(StopIteration):  # it ends without giving the loop a turn
        wait.send(None)


async def test_the_end_ends_the_wait() -> None:
    gathers = gathering()
    wait = asyncio.ensure_future(gathers.wait(1))
    await turns()
    gathers.stop()
    await wait
    gathers.ended(taken=MANY, waiting=0, seconds=FOR_EVER)
    await gathers.wait(1)


class SlowClock(ManualClock):
    """By it every group takes long."""

    def monotonic(self) -> float:
        self.advance(FOR_EVER)
        return super().monotonic()


def note(transaction: Transaction) -> int:
    return transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}").id


async def test_those_who_write_all_the_time_end_up_in_one_group(place: Place) -> None:
    groups: list[int] = []
    together = asyncio.Event()
    store = await Store.open(place, clock=SlowClock(), bounds=StoreLimits(batch_seconds=FOR_EVER))

    def count(committed: Committed) -> None:
        groups.append(len(committed.changes))
        if groups[-20:] == [MANY] * 20:
            together.set()

    async def writer(number: int) -> None:
        while not together.is_set():
            await turns(number)  # they come apart: without a wait there are two groups, of the quick and of the slow
            await store.write(note)

    store.on_commit(count)
    writers = [asyncio.ensure_future(writer(number)) for number in range(MANY)]
    try:
        async with asyncio.timeout(DEADLINE):
            await together.wait()
    finally:
        await store.close()
        await asyncio.gather(*writers, return_exceptions=True)  # some write too late


async def test_a_store_that_closes_does_not_wait_for_more(place: Place) -> None:
    heard: list[Committed] = []
    store = await Store.open(place, clock=SlowClock(), bounds=StoreLimits(batch_seconds=FOR_EVER))
    store.on_commit(heard.append)

    await asyncio.gather(*(store.write(note) for _ in range(MANY)))
    last = asyncio.ensure_future(store.write(note))
    await turns()
    assert not last.done()
    await store.close()
    assert await last == MANY + 1
