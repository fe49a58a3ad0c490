"""When to try again to reach a database that is away: one answer for all connections of a process."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from hubbub.store.postgres.limits import FIRST_DELAY, LONGEST_DELAY


class Outage:
    """Whether connecting is worth a try.  Used by every thread of the store.

    After each failure the time to the next try doubles; half of it is left to chance, so that hosts do not come all
    at once.
    """

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, chance: Callable[[], float] = random.random
    ) -> None:
        self._monotonic = monotonic
        self._chance = chance
        self._lock = threading.Lock()
        self._delay = FIRST_DELAY
        self._next = float("-inf")

    @property
    def remaining(self) -> float:
        """Seconds until the next try; 0 when it may be made now."""
        return max(0.0, self._next - self._monotonic())

    def failed(self) -> None:
        """A try was for nothing."""
        with self._lock:
            self._next = self._monotonic() + self._delay * (1 + self._chance()) / 2
            self._delay = min(2 * self._delay, LONGEST_DELAY)

    def over(self) -> None:
        """A try has succeeded."""
        with self._lock:
            self._delay = FIRST_DELAY
            self._next = float("-inf")
