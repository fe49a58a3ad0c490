"""What the rest of the house asks for the time, so that a test can say what time it is."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from hubbub.contract.times import timestamp

__all__ = ["Clock", "timestamp"]


class Clock(Protocol):
    """`now` is the wall clock, aware and in UTC; `monotonic` is in seconds and never goes back."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...
