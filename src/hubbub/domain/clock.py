"""What the rest of the house asks for the time, so that a test can say what time it is."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """`now` is the wall clock, aware and in UTC; `monotonic` is in seconds and never goes back."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


def timestamp(moment: datetime) -> str:
    """The time as it stands on the wire and in the database: RFC 3339, UTC, milliseconds; it sorts as text."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
