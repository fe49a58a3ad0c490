"""The real clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Milliseconds are as fine as the contract's times go, so nothing finer is handed out."""

    def now(self) -> datetime:
        """The wall clock in UTC."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
