"""The gate of the room: rates for each source and for all, and a ledger of what they kept out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hubbub.composite.rates import RateLimiter
from hubbub.transports.syslog.limits import ALL_MESSAGES, LEDGER_SOURCES, RATE_KEYS, SOURCE_MESSAGES

OTHERS = "other sources"


class FloodGate:
    """Bounded, whoever sends how much.

    The rates are counted apart from those of people: forged sources would fill a table that they share.
    """

    def __init__(self, monotonic: Callable[[], float], *, enabled: bool = True) -> None:
        self._limiter = RateLimiter(monotonic=monotonic, enabled=enabled, max_keys=RATE_KEYS)
        self._dropped: Counter[str] = Counter()  # {source: messages since the last summary}

    def admits(self, source: str) -> bool:
        """Whether a datagram passes both rates; who is above its own takes nothing of everybody's."""
        return self._limiter.take(SOURCE_MESSAGES, source) is None and self._limiter.take(ALL_MESSAGES, "") is None

    def dropped(self, source: str) -> None:
        """Count a datagram for the next summary."""
        known = source in self._dropped or len(self._dropped) < LEDGER_SOURCES
        self._dropped[source if known else OTHERS] += 1

    def settle(self) -> list[tuple[str, int]]:
        """What was dropped since the last time, by source, most first; the ledger is empty then."""
        found = self._dropped.most_common()
        self._dropped.clear()
        return found
