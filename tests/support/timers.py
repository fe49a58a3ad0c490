"""`loop.call_later` for tests: nothing happens until time is moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False)
class FakeTimer:
    due: float
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeTimers:
    """Give it as `later`."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[FakeTimer] = []

    def __call__(self, seconds: float, call: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self.now + seconds, call)
        self._timers.append(timer)
        return timer

    @property
    def waiting(self) -> int:
        """Timers that would still ring."""
        return len([timer for timer in self._timers if not timer.cancelled])

    def advance(self, seconds: float) -> None:
        """Ring, in order, what is due by then, and what that sets in turn."""
        end = self.now + seconds
        while due := [timer for timer in self._timers if not timer.cancelled and timer.due <= end]:
            timer = min(due, key=lambda timer: timer.due)
            self._timers.remove(timer)
            self.now = timer.due
            timer.call()
        self.now = end
