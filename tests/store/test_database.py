"""The store as a whole: opening, answering, telling, closing, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.store import connect
from hubbub.store.connect import connect_writer
from hubbub.store.database import Committed, Store, Transaction
from hubbub.store.errors import CannotOpenError, NewerDatabaseError
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_change_range
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.thread import ThreadedConnection
from hubbub.testing.clock import ManualClock
from tests.store import threads
from tests.store.gate import Gate
from tests.store.places import Place
from tests.support.deadline import DEADLINE
from tests.support.machine import ROOT
from tests.support.postgres import PostgresServer


def note(transaction: Transaction) -> int:
    return transaction.append_change("user_changed", room_id=None, actor_id=None, data="{}").id


async def test_a_write_answers_with_what_it_returned_and_moves_the_head(store: Store) -> None:
    assert store.head == 0
    assert await store.write(note) == 1
    assert store.head == 1
    changes = await store.read(lambda connection: select_change_range(connection, store.epoch, 0, 1))
    assert [change.id for change in changes] == [1]


async def test_the_log_goes_on_where_it_was(place: Place, clock: ManualClock) -> None:
    first = await Store.open(place, clock=clock)
    await first.write(note)
    await first.close()
    second = await Store.open(place, clock=clock)
    assert (second.epoch, second.head) == (first.epoch, 1)
    assert await second.write(note) == 2
    await second.close()


async def test_listeners_hear_every_commit_in_order_and_after_its_answer(store: Store) -> None:
    order: list[object] = []
    store.on_commit(lambda committed: order.append([change.id for change in committed.changes]))
    for _ in range(3):
        order.append(await store.write(note))
        await store.write(lambda transaction: None)
    assert order == [1, [1], 2, [2], 3, [3]]


async def test_a_listener_that_fails_harms_nobody(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Committed] = []

    def fail(_: Committed) -> None:
        raise ValueError("no")

    store.on_commit(fail)
    store.on_commit(heard.append)
    with caplog.at_level(logging.ERROR):
        assert [await store.write(note), await store.write(note)] == [1, 2]
        await store.close()
    assert len(heard) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_a_closed_store_leaves_one_file_and_no_thread(path: Path, clock: ManualClock) -> None:
    before = threads.running()
    store = await Store.open(path, clock=clock)
    await store.write(note)
    await store.close()
    await store.close()
    await threads.only(before)
    assert [file.name for file in path.parent.iterdir()] == ["hubbub.db"]
    with pytest.raises(HubbubError, match="stopping") as refused:
        await store.write(note)
    assert refused.value.code == ErrorCode.SERVER_BUSY


async def test_closing_finishes_the_writes_that_wait(place: Place, clock: ManualClock) -> None:
    store = await Store.open(place, clock=clock, bounds=StoreLimits(batch_writes=7))
    writing = [asyncio.ensure_future(store.write(note)) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.gather(store.close(), store.close())
    assert await asyncio.gather(*writing) == list(range(1, 101))


async def test_closing_refuses_what_does_not_get_its_turn_in_time(place: Place, clock: ManualClock) -> None:
    before = threads.running()
    store = await Store.open(place, clock=clock, bounds=StoreLimits(close_seconds=0.01))
    with Gate() as gate:

        def slow(transaction: Transaction) -> int:
            gate.pass_through()
            return note(transaction)

        begun = asyncio.ensure_future(store.write(slow))
        await gate.reached()
        waiting = asyncio.ensure_future(store.write(note))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(store.close())
        with pytest.raises(HubbubError, match="stopping"):
            await waiting
    await closing
    assert await begun == 1
    await threads.only(before)


async def test_a_close_that_is_cancelled_goes_on(place: Place, clock: ManualClock) -> None:
    before = threads.running()
    store = await Store.open(place, clock=clock)
    with Gate() as gate:
        held = asyncio.ensure_future(store.write(gate.pass_through))
        await gate.reached()
        closing = asyncio.ensure_future(store.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
    await held
    await store.close()
    await threads.only(before)


async def test_an_opening_that_fails_leaves_no_thread(path: Path, clock: ManualClock) -> None:
    before = threads.running()
    with pytest.raises(CannotOpenError):
        await Store.open(path / "nowhere", clock=clock)
    await threads.only(before)


async def test_an_opening_that_fails_half_way_leaves_no_thread(
    path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[ThreadedConnection] = []

    def third_fails(path: Path, bounds: StoreLimits) -> ThreadedConnection:
        if len(opened) == 2:
            raise CannotOpenError("too many open files")
        opened.append(connect.connect_reader(path, bounds))
        return opened[-1]

    monkeypatch.setattr("hubbub.store.sqlite_engine.connect_reader", third_fails)
    before = threads.running()
    with pytest.raises(CannotOpenError, match="too many open files"):
        await Store.open(path, clock=clock)
    assert len(opened) == 2
    await threads.only(before)


async def test_a_newer_database_is_refused(path: Path, clock: ManualClock) -> None:
    connection = connect_writer(path, "full", StoreLimits())
    connection.execute("PRAGMA user_version = 1000")
    connection.close()
    with pytest.raises(NewerDatabaseError):
        await Store.open(path, clock=clock)


@pytest.mark.parametrize("turns", [0, 1, 3, 10])
async def test_an_opening_that_is_cancelled_leaves_no_thread(place: Place, clock: ManualClock, turns: int) -> None:
    before = threads.running()
    opening = asyncio.ensure_future(Store.open(place, clock=clock))
    for _ in range(turns):
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await threads.only(before)


async def test_a_writer_that_fails_answers_everybody_and_says_so(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    class StoppedClock(ManualClock):
        def now(self) -> datetime:
            raise OSError("no time")

    before = threads.running()
    store = await Store.open(place, clock=StoppedClock())
    for _ in range(2):
        with pytest.raises(HubbubError, match="stopping"):
            await store.write(note)
    with pytest.raises(OSError, match="no time"):
        await store.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    await threads.only(before)


FORGOTTEN = """
    store = await Store.open(path, clock=ManualClock())
    await store.write(note)
"""
FAILED = """
    for name in (path + "/nowhere", ":memory:"):
        try:
            await Store.open(name, clock=ManualClock())
        except StoreError:
            pass
"""
CANCELLED_OPENING = """
    try:
        await asyncio.wait_for(Store.open(path, clock=ManualClock()), 0)
    except TimeoutError:
        pass
"""
CANCELLED_AT_WORK = """
    store = await Store.open(path, clock=ManualClock())
    for _ in range(50):
        asyncio.ensure_future(store.write(note))
        asyncio.ensure_future(store.read(select_head))
    await asyncio.sleep(0)
"""
RAISED = """
    await Store.open(path, clock=ManualClock())
    sys.exit(7)
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [(FORGOTTEN, 0), (FAILED, 0), (CANCELLED_OPENING, 0), (CANCELLED_AT_WORK, 0), (RAISED, 7)],
    ids=["forgotten", "failed", "cancelled opening", "cancelled at work", "raised"],
)
def test_a_process_ends_whatever_became_of_its_store(tmp_path: Path, body: str, status: int) -> None:
    assert _ended(tmp_path, body, str(tmp_path / "hubbub.db"), "-X", "dev") == (status, "")


@pytest.mark.parametrize(
    ("body", "status"),
    [(FORGOTTEN, 0), (CANCELLED_OPENING, 0), (CANCELLED_AT_WORK, 0), (RAISED, 7)],
    ids=["forgotten", "cancelled opening", "cancelled at work", "raised"],
)
def test_so_does_one_on_postgresql(tmp_path: Path, postgres: PostgresServer, body: str, status: int) -> None:
    assert _ended(tmp_path, body, postgres.make_database()) == (status, "")


def _ended(folder: Path, body: str, place: str | PostgresAddress, *options: str) -> tuple[int, str]:
    """The status of a process and what it complained of."""
    written = f"PostgresAddress({place.url!r})" if isinstance(place, PostgresAddress) else repr(place)
    program = f"""
import asyncio, sys
from hubbub.store.database import Store
from hubbub.store.errors import StoreError
from hubbub.store.log import select_head
from hubbub.store.postgres.address import PostgresAddress
from tests.store.test_database import note
from hubbub.testing.clock import ManualClock

path = {written}

async def main():
    asyncio.get_running_loop().slow_callback_duration = {DEADLINE}  # a busy machine is not a fault of the store's
{body}

asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", program],
        env={"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))), "PATH": ""},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    return ended.returncode, ended.stderr
