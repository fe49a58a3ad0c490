"""A peer that takes something, or nothing, by timers that the test shortens."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite import taking
from hubbub.composite.taking import Taking

INTERVAL = 0.01  # seconds
DEADLINE = 5.0


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "TAKE_SECONDS", INTERVAL)


async def test_who_takes_nothing_is_given_up() -> None:
    given_up = asyncio.Event()
    Taking(lambda: 100, given_up.set)
    await asyncio.wait_for(given_up.wait(), DEADLINE)


async def test_who_takes_a_little_is_waited_for() -> None:
    looks = iter(range(20, 0, -1))
    all_taken = asyncio.Event()

    def waiting() -> int:
        left = next(looks, 0)
        if not left:
            all_taken.set()
        return left

    given_up = asyncio.Event()
    watched = Taking(waiting, given_up.set)
    await asyncio.wait_for(all_taken.wait(), DEADLINE)
    watched.stop()
    assert not given_up.is_set()


async def test_once_all_was_taken_nobody_looks_any_more() -> None:
    looked = False

    def waiting() -> int:
        nonlocal looked
        looked = True
        return 1

    Taking(waiting, lambda: None).stop()
    await asyncio.sleep(3 * INTERVAL)
    assert not looked
