"""Buckets in a real Redis: one for all hosts, filled by its clock, gone when they are full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from hubbub.composite.bus.redis_client import make_client
from hubbub.composite.bus.redis_rates import RedisRates
from hubbub.composite.rates import Rate
from tests.support.deadline import eventually
from tests.support.redis_server import RedisServer

SLOW = Rate("letters", burst=3, per_second=0.01)
QUICK = Rate("parcels", burst=1, per_second=4)


@pytest.fixture
async def hosts(redis: RedisServer) -> AsyncIterator[list[RedisRates]]:
    async with AsyncExitStack() as stack:
        made = [RedisRates(redis.url, "test", lambda: True) for _ in range(2)]
        for rates in made:
            stack.push_async_callback(rates.close)
        yield made


async def test_a_burst_is_one_over_all_hosts(hosts: list[RedisRates]) -> None:
    here, there = hosts
    assert [await rates.take(SLOW, "ada") for rates in (here, there, here)] == [None] * 3
    wait = await there.take(SLOW, "ada")
    assert wait is not None
    assert 50 < wait <= 100  # for a token of one each hundred seconds
    assert await there.take(SLOW, "bob") is None
    assert await there.take(QUICK, "ada") is None


async def test_a_wait_that_was_announced_is_enough_and_no_refusal_makes_it_longer(hosts: list[RedisRates]) -> None:
    here, there = hosts
    assert await here.take(QUICK, "ada") is None
    waits: list[float] = []

    async def may() -> bool:
        wait = await there.take(QUICK, "ada")
        waits.append(wait or 0.0)
        return wait is None

    await eventually(may, "the token to be there again")
    assert all(0 < wait <= 0.25 for wait in waits[:-1])


async def test_a_bucket_that_is_full_again_is_not_kept(hosts: list[RedisRates], redis: RedisServer) -> None:
    await hosts[0].take(SLOW, "ada")
    await hosts[0].take(QUICK, "ada")
    client = make_client(redis.url)
    try:
        assert 0 < await client.pttl("test:rate:letters:ada") <= 100_000

        async def only_one() -> bool:
            return [key async for key in client.scan_iter()] == [b"test:rate:letters:ada"]

        await eventually(only_one, "the quick one to be gone")
    finally:
        await client.aclose()


@pytest.mark.parametrize("how", ["killed", "held still"])
async def test_without_redis_everything_passes(
    hosts: list[RedisRates], redis: RedisServer, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await hosts[0].take(SLOW, "ada")
    if how == "killed":
        redis.stop()
    else:
        redis.hold_still()
    assert await hosts[0].take(SLOW, "ada") is None
    assert "could not be counted for all hosts" in caplog.text
    if how == "held still":
        redis.go_on()
        await eventually(lambda: _refuses(hosts[0]), "it to count again")


async def _refuses(rates: RedisRates) -> bool:
    return await rates.take(SLOW, "ada") is not None


async def test_one_that_is_known_to_be_away_is_not_asked(redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    redis.stop()
    rates = RedisRates(redis.url, "test", lambda: False)
    assert await rates.take(SLOW, "ada") is None
    await rates.close()
    assert caplog.text == ""
