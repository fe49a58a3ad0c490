"""A flag does what `asyncio.Event` does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest

from hubbub.composite.sockets.flag import Flag

Make = Callable[[], Flag | asyncio.Event]


@pytest.fixture(params=[Flag, asyncio.Event])
def make(request: pytest.FixtureRequest) -> Make:
    kind: Make = request.param
    return kind


async def _turn() -> None:
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_whoever_waits_is_let_go_and_whoever_comes_then_does_not_wait(make: Make) -> None:
    flag = make()
    waiting = [asyncio.create_task(flag.wait()) for _ in range(3)]
    await _turn()
    assert (flag.is_set(), [each.done() for each in waiting]) == (False, [False] * 3)
    flag.set()
    await _turn()
    assert (flag.is_set(), [each.done() for each in waiting]) == (True, [True] * 3)
    await flag.wait()


async def test_a_moment_is_enough(make: Make) -> None:
    flag = make()
    waiting = asyncio.create_task(flag.wait())
    await _turn()
    flag.set()
    flag.clear()
    later = asyncio.create_task(flag.wait())
    await _turn()
    assert (flag.is_set(), waiting.done(), later.done()) == (False, True, False)
    flag.set()
    await later


async def test_whoever_gives_up_takes_nobody_along(make: Make) -> None:
    flag = make()
    gone, gone_too, there = (asyncio.create_task(flag.wait()) for _ in range(3))
    await _turn()
    gone.cancel()
    await _turn()
    gone_too.cancel()
    flag.set()
    await _turn()
    assert (gone.cancelled(), gone_too.cancelled(), there.done()) == (True, True, True)


def test_it_begins_as_it_is_told_to() -> None:
    assert Flag(is_set=True).is_set()
    assert not Flag().is_set()


def test_one_for_which_nobody_waits_is_small() -> None:
    assert sys.getsizeof(Flag()) * 2 < sys.getsizeof(asyncio.Event()._waiters)
