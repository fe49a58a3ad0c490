"""Functions in a thread that has a connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from functools import partial

import psycopg
import pytest

from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.thread import PostgresThread
from tests.store import threads
from tests.store.gate import Gate


@pytest.fixture
async def thread(engine: PostgresEngine) -> AsyncIterator[PostgresThread]:
    before = threads.running()
    thread = await PostgresThread.open(engine.connect)
    yield thread
    await thread.close()
    await threads.only(before)


async def test_functions_run_in_one_other_thread_in_their_order(thread: PostgresThread) -> None:
    order: list[int] = []

    def take(number: int, _: PostgresConnection) -> int:
        order.append(number)
        return threading.get_ident()

    idents = await asyncio.gather(*(thread.run(partial(take, number)) for number in range(20)))
    assert order == list(range(20))
    assert len(set(idents)) == 1
    assert idents[0] != threading.get_ident()


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration()])
async def test_what_a_function_raises_comes_out(thread: PostgresThread, error: Exception) -> None:
    def fail(_: PostgresConnection) -> None:
        raise error

    with pytest.raises((ValueError, RuntimeError, StopIteration)):
        await thread.run(fail)
    assert await thread.run(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)


async def test_a_caller_who_goes_stops_nothing(thread: PostgresThread) -> None:
    ran: list[int] = []
    with Gate() as gate:
        first = asyncio.ensure_future(thread.run(gate.pass_through))
        await gate.reached()
        second = asyncio.ensure_future(thread.run(lambda _: ran.append(2)))
        await asyncio.sleep(0)
        for call in (first, second):
            call.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
    assert await thread.run(lambda _: list(ran)) == [2]


async def test_what_runs_is_broken_off_and_the_next_transaction_has_a_new_connection(thread: PostgresThread) -> None:
    before = thread.connection.server_pid
    sleeping = asyncio.ensure_future(thread.run(lambda connection: connection.execute("SELECT pg_sleep(20)")))
    await asyncio.sleep(0)
    while not sleeping.done():
        await thread.interrupt()
        await asyncio.wait({sleeping}, timeout=0.01)
    assert isinstance(sleeping.exception(), psycopg.OperationalError)
    await thread.run(lambda connection: connection.begin_read())
    assert thread.connection.server_pid != before


async def test_an_opening_that_fails_leaves_no_thread(engine: PostgresEngine) -> None:
    before = threads.running()

    def fail() -> PostgresConnection:
        raise psycopg.OperationalError("no")

    with pytest.raises(psycopg.OperationalError):
        await PostgresThread.open(fail)
    await threads.only(before)
