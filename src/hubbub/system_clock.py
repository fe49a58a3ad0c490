"""The real clock, and what a clock of the application is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from hubbub.composite.sockets.heartbeat import Timer, loop_later
from hubbub.domain.clock import Clock


class Timekeeper(Clock, Protocol):
    """A clock that wakes as well: all that the application asks of time, so that a test can give it another."""

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call back when so much time has passed."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait until so much time has passed."""
        ...


class SystemClock:
    """Milliseconds are as fine as the contract's times go, so nothing finer is handed out."""

    def now(self) -> datetime:
        """The wall clock in UTC."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call back on the running loop."""
        return loop_later(seconds, call)

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(seconds)
