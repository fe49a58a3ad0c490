"""The real clock is as fine as the contract's times."""

from __future__ import annotations

import asyncio
from datetime import UTC

from hubbub.domain.clock import timestamp
from hubbub.system_clock import SystemClock


def test_what_is_shown_is_all_there_is() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert timestamp(now).endswith(f"{now.microsecond // 1000:03d}Z")


def test_it_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


async def test_it_wakes_whoever_asked_for_it() -> None:
    clock, rung = SystemClock(), asyncio.Event()
    clock.later(0, rung.set)
    clock.later(0, lambda: None).cancel()
    await rung.wait()
    await clock.sleep(0)
