"""The one rate limiter as transports use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hubbub.composite.rates import Rate
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.transports.backend import COMMANDS, GUESTS, POSTS, REQUESTS, SIGN_INS
from tests.support.backends import World, open_world

RATE = Rate("letters", burst=2, per_second=0.3)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


async def test_a_burst_passes_and_what_is_more_is_told_when_to_come_back(world: World) -> None:
    world.limit(RATE, "ada")
    world.limit(RATE, "ada")
    with pytest.raises(HubbubError) as refused:
        world.limit(RATE, "ada")
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.detail.startswith("Too many letters in a short time.")
    # A third of a second has no end in milliseconds, and is not rounded to less.
    assert refused.value.retry_after == 3.334
    world.clock.advance(refused.value.retry_after)
    world.limit(RATE, "ada")


async def test_everybody_has_a_bucket_of_their_own(world: World) -> None:
    world.limit(RATE, "ada")
    world.limit(RATE, "ada")
    world.limit(RATE, "bob")
    world.limit(Rate("parcels", burst=1, per_second=1), "ada")


class Elsewhere:
    """Other hosts, of which the last token was taken."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def take(self, rate: Rate, key: str) -> float | None:
        self.asked.append(key)
        return 4.2 if rate.everywhere else None


async def test_a_rate_that_holds_everywhere_is_counted_here_and_over_all_hosts(world: World) -> None:
    shared = Rate("keys", burst=2, per_second=1, everywhere=True)
    await world.limit_everywhere(shared, "ada")  # there are no other hosts
    elsewhere = Elsewhere()
    world = replace(world, shared_limiter=elsewhere)
    with pytest.raises(HubbubError) as refused:
        await world.limit_everywhere(shared, "ada")
    assert (refused.value.code, refused.value.retry_after) == (ErrorCode.RATE_LIMITED, 4.2)
    with pytest.raises(HubbubError):  # here they are used up, and nobody else is asked
        await world.limit_everywhere(shared, "ada")
    await world.limit_everywhere(RATE, "ada")
    assert elsewhere.asked == ["ada"]


async def test_without_limits_everything_passes(tmp_path: Path) -> None:
    async with open_world(tmp_path, rate_limits=False) as world:
        for _ in range(3):
            world.limit(RATE, "ada")


def test_no_rate_takes_the_bucket_of_another() -> None:
    rates = [REQUESTS, COMMANDS, POSTS, SIGN_INS, GUESTS]
    assert len({rate.name for rate in rates}) == len(rates)
    # Whoever may guess passwords as fast as they read will read our passwords.
    assert SIGN_INS.per_second < GUESTS.per_second < REQUESTS.per_second
