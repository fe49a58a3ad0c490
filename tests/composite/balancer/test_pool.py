"""Connections that wait for their next request."""

from __future__ import annotations

import asyncio

import h11

from hubbub.composite.balancer.limits import Limits, Timeouts
from hubbub.composite.balancer.pool import Http1, Pool
from hubbub.composite.balancer.streams import Connection
from tests.composite.balancer.scripted import OK, Peer, Upstream, saying, upstream
from tests.support.deadline import eventually


async def used(there: Upstream) -> Http1:
    """A connection that has carried one request to its end."""
    connection = await Connection.open(there.opener, "there", Timeouts())
    http = Http1(connection, h11.Connection(h11.CLIENT))
    request = h11.Request(method="GET", target="/", headers=[("host", "x")])
    await connection.write((http.state.send(request) or b"") + (http.state.send(h11.EndOfMessage()) or b""))
    event: object = None
    while not isinstance(event, h11.EndOfMessage):
        event = http.state.next_event()
        if event is h11.NEED_DATA:
            http.state.receive_data(await connection.read())
    return http


async def test_the_last_one_is_used_first_and_no_more_are_kept_than_allowed() -> None:
    async with upstream(saying(OK)) as there:
        pool = Pool(Limits(kept_connections=2))
        first, second, third = [await used(there) for _ in range(3)]
        for http in (first, second, third):
            pool.put(http)
        assert len(pool) == 2
        await eventually(lambda: there.ended == 1, "the third to be ended")
        assert [await pool.take(), await pool.take(), await pool.take()] == [second, first, None]
        assert first.is_kept
        for http in (first, second):
            http.connection.abort()


async def test_one_that_has_ended_is_not_given() -> None:
    async with upstream(saying(OK, close=True)) as there:
        pool = Pool(Limits())
        pool.put(await used(there))
        await eventually(lambda: len(pool) == 0, "the pool to notice the end")
        assert await pool.take() is None


async def test_one_on_which_something_came_unasked_is_not_given() -> None:
    """It would be taken for the answer to the next request."""
    kept = asyncio.Event()

    async def meddling(peer: Peer) -> None:
        await peer.request()
        peer.say(OK)
        await kept.wait()
        peer.say(OK)
        await peer.gone()

    async with upstream(meddling) as there:
        pool = Pool(Limits())
        pool.put(await used(there))
        kept.set()
        await eventually(lambda: there.ended == 1, "the connection to be ended")
        assert await pool.take() is None


async def test_one_that_is_no_longer_wanted_while_it_is_taken_is_ended() -> None:
    async with upstream(saying(OK)) as there:
        pool = Pool(Limits())
        pool.put(await used(there))
        taking = asyncio.create_task(pool.take())
        await asyncio.sleep(0)
        assert len(pool) == 0
        taking.cancel()
        await asyncio.wait({taking})
        assert taking.cancelled()
        await eventually(lambda: there.ended == 1, "the connection to be ended")


async def test_one_that_waits_for_too_long_is_ended() -> None:
    async with upstream(saying(OK)) as there:
        pool = Pool(Limits(kept_seconds=0.05))
        pool.put(await used(there))
        await eventually(lambda: there.ended == 1, "the connection to be ended")
        assert len(pool) == 0


async def test_what_comes_back_after_the_end_is_ended() -> None:
    async with upstream(saying(OK)) as there:
        pool = Pool(Limits())
        early, late = await used(there), await used(there)
        pool.put(early)
        pool.close()
        pool.put(late)
        assert len(pool) == 0
        await eventually(lambda: there.ended == 2, "both to be ended")
