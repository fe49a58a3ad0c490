"""The clock of the kit: it stands, it moves when told, and its timers ring in their order."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from hubbub.domain.clock import Clock
from hubbub.system_clock import Timekeeper
from hubbub.testing.clock import MONOTONIC_START, START, ManualClock


def test_it_is_a_clock_for_the_house() -> None:
    clock: Clock = ManualClock()
    keeper: Timekeeper = ManualClock()
    assert clock.now() == keeper.now() == START


def test_it_stands_still_until_it_is_moved() -> None:
    clock = ManualClock()
    assert clock.now() == clock.now() == START
    assert clock.monotonic() == MONOTONIC_START


def test_both_times_move_together() -> None:
    clock = ManualClock()
    clock.advance(90)
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.monotonic() == MONOTONIC_START + 90


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        ManualClock().advance(-1)


def test_timers_ring_in_order_each_at_its_own_time() -> None:
    clock = ManualClock()
    rung: list[tuple[str, float]] = []

    def ring(name: str) -> None:
        rung.append((name, clock.monotonic() - MONOTONIC_START))

    def ring_and_set_another() -> None:
        ring("second")
        clock.later(5, lambda: ring("set by the second"))

    clock.later(20, lambda: ring("third"))
    clock.later(10, ring_and_set_another)
    clock.later(0, lambda: ring("first"))
    clock.later(21, lambda: ring("not yet"))
    assert rung == []
    clock.advance(20)
    assert rung == [("first", 0), ("second", 10), ("set by the second", 15), ("third", 20)]
    assert clock.waiting == 1


def test_a_cancelled_timer_does_not_ring() -> None:
    clock = ManualClock()
    rung: list[str] = []
    later = clock.later(2, lambda: rung.append("cancelled by the other"))
    clock.later(1, later.cancel)
    assert clock.waiting == 2
    clock.advance(3)
    assert (rung, clock.waiting) == ([], 0)


def test_a_timer_that_never_lets_time_pass_is_found_out() -> None:
    clock = ManualClock()

    def again() -> None:
        clock.later(0, again)

    again()
    with pytest.raises(RuntimeError, match="sets itself again"):
        clock.advance(1)


async def test_who_sleeps_wakes_when_the_time_has_come() -> None:
    clock = ManualClock()
    asleep = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    clock.advance(9)
    await asyncio.sleep(0)
    assert not asleep.done()
    clock.advance(1)
    await asleep


async def test_who_is_woken_otherwise_leaves_no_timer() -> None:
    clock = ManualClock()
    asleep = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    asleep.cancel()
    await asyncio.wait({asleep})
    assert clock.waiting == 0
