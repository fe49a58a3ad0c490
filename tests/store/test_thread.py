"""One connection in a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from functools import partial

import pytest

from hubbub.store.thread import DatabaseThread, ThreadedConnection, _Connecting
from tests.store import threads
from tests.store.gate import Gate
from tests.support.deadline import eventually


def connect() -> ThreadedConnection:
    return ThreadedConnection(":memory:", isolation_level=None, check_same_thread=False)


@pytest.fixture
async def thread() -> AsyncIterator[DatabaseThread]:
    thread = await DatabaseThread.open(connect)
    yield thread
    await thread.close()


async def test_a_function_runs_in_one_other_thread(thread: DatabaseThread) -> None:
    first = await thread.run(lambda _: threading.get_ident())
    second = await thread.run(lambda _: threading.get_ident())
    assert first == second != threading.get_ident()


async def test_functions_run_in_the_order_in_which_they_came(thread: DatabaseThread) -> None:
    order: list[int] = []
    await asyncio.gather(*(thread.run(partial(_append, order, number)) for number in range(50)))
    assert order == list(range(50))


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration(), KeyboardInterrupt(), asyncio.CancelledError()])
async def test_what_a_function_raises_comes_out(thread: DatabaseThread, error: BaseException) -> None:
    def fail(_: object) -> None:
        raise error

    # A coroutine cannot raise StopIteration itself: Python makes a RuntimeError of it.
    with pytest.raises((type(error), RuntimeError)):
        await thread.run(fail)
    assert await thread.run(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)


async def test_a_caller_that_goes_does_not_take_the_answer_of_the_next(thread: DatabaseThread) -> None:
    with Gate() as gate:
        gone = asyncio.ensure_future(thread.run(gate.pass_through))
        await gate.reached()
        waiting = asyncio.ensure_future(thread.run(lambda _: "mine"))
        gone.cancel()
    assert await waiting == "mine"
    assert gone.cancelled()


async def test_an_interrupted_statement_fails_and_the_next_does_not(thread: DatabaseThread) -> None:
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    begun = threading.Event()

    def count(connection: sqlite3.Connection) -> None:
        begun.set()
        connection.execute(endless).fetchone()

    counting = asyncio.ensure_future(thread.run(count))
    await eventually(begun.is_set, "counting has begun")

    async def interrupted() -> bool:
        await thread.interrupt()
        return counting.done()

    await eventually(interrupted, "counting was interrupted")
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        await counting
    assert await thread.run(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)


async def test_the_thread_ends_with_the_connection() -> None:
    before = threads.running()
    thread = await DatabaseThread.open(connect)
    assert len(threads.running() - before) == 1
    await thread.close()
    await threads.only(before)


async def test_the_thread_ends_when_there_is_no_connection() -> None:
    def fail() -> ThreadedConnection:
        raise sqlite3.OperationalError("no")

    before = threads.running()
    with pytest.raises(sqlite3.OperationalError, match="no"):
        await DatabaseThread.open(fail)
    await threads.only(before)


async def test_an_opening_that_is_cancelled_leaves_nothing_open() -> None:
    before = threads.running()
    made: list[ThreadedConnection] = []
    with Gate() as gate:

        def slowly() -> ThreadedConnection:
            gate.pass_through()
            made.append(connect())
            return made[0]

        opening = asyncio.ensure_future(DatabaseThread.open(slowly))
        await gate.reached()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    await threads.only(before)
    assert_closed(made[0])


def test_a_connection_is_closed_that_was_made_as_its_caller_went() -> None:
    connecting = _Connecting(connect)
    connecting()
    made = connecting.made()
    connecting.abandon()
    assert_closed(made)


def _append(order: list[int], number: int, _: object) -> None:
    order.append(number)


def assert_closed(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
