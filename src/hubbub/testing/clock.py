"""A clock that stands still until a test moves it, with its timers. Knows nothing of what it drives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
MONOTONIC_START = 1000.0  # seconds; not zero, which code under test might take for "never"
RINGS_AT_ONCE = 10_000  # at one moment; more is a timer of no seconds that sets itself again


@dataclass(eq=False)
class ManualTimer:
    """What `ManualClock.later` returns, as `loop.call_later` does."""

    due: float
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Never call back."""
        self.cancelled = True


class ManualClock:
    """Wall clock, monotonic clock and timers in one; only `advance` moves them, all together.

    Give `now` and `monotonic` to what asks for the time, `later` to what sets timers (`SocketServer(later=...)`) and
    `sleep` to what waits. Whatever uses `asyncio`'s own time, such as `asyncio.timeout`, does not follow.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0
        self._timers: list[ManualTimer] = []

    def now(self) -> datetime:
        """The wall clock; in UTC if it was started so."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Seconds."""
        return MONOTONIC_START + self._passed

    def later(self, seconds: float, call: Callable[[], None]) -> ManualTimer:
        """Call back when so much time has passed; no seconds means with the next `advance`."""
        timer = ManualTimer(self._passed + max(0.0, seconds), call)
        self._timers.append(timer)
        return timer

    async def sleep(self, seconds: float) -> None:
        """Wait until so much time has passed."""
        rung = asyncio.Event()
        timer = self.later(seconds, rung.set)
        try:
            await rung.wait()
        finally:
            timer.cancel()

    @property
    def waiting(self) -> int:
        """Timers that would still ring."""
        return len([timer for timer in self._timers if not timer.cancelled])

    def advance(self, seconds: float) -> None:
        """Let time pass: ring, in order and each at its own time, what is due, and what that sets in turn.

        Tasks that a timer wakes run when the test next waits for something.

        Raises:
            ValueError: the seconds are negative; time does not go back.
            RuntimeError: a timer of no seconds sets itself again and again.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        end = self._passed + seconds
        rings = 0
        while (timer := self._take_due(end)) is not None:
            rings = rings + 1 if timer.due <= self._passed else 1
            if rings > RINGS_AT_ONCE:
                raise RuntimeError(
                    f"more than {RINGS_AT_ONCE:,} timers rang at one moment: {timer.call} sets itself again"
                )
            self._passed = max(self._passed, timer.due)
            timer.call()
        self._passed = end

    def _take_due(self, end: float) -> ManualTimer | None:
        """The next timer to ring, out of the list."""
        self._timers = [timer for timer in self._timers if not timer.cancelled]
        due = min(self._timers, key=lambda timer: timer.due, default=None)
        if due is None or due.due > end:
            return None
        self._timers.remove(due)
        return due
