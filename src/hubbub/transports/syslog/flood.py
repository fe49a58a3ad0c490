"""The gate of the room: rates for each source and for all, and a ledger of what they kept out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hubbub.composite.rates import RateLimiter
from hubbub.transports.syslog.limits import ALL_MESSAGES, LEDGER_SOURCES, RATE_KEYS, SOURCE_MESSAGES
from hubbub.transports.syslog.message import SyslogMessage
from hubbub.transports.syslog.wording import sender

OTHERS = "other sources"


class FloodGate:
    """Bounded, whoever sends how much.

    The rates are counted apart from those of people: forged sources would fill a table that they share.
    """

    def __init__(self, monotonic: Callable[[], float], *, enabled: bool = True) -> None:
        self._limiter = RateLimiter(monotonic=monotonic, enabled=enabled, max_keys=RATE_KEYS)
        self._dropped: Counter[str] = Counter()  # {source: messages since the last summary}

    def admits(self, source: str) -> bool:
        """Whether a message passes both rates; who is above its own takes nothing of everybody's."""
        return self._limiter.take(SOURCE_MESSAGES, source) is None and self._limiter.take(ALL_MESSAGES, "") is None

    def dropped(self, source: str, message: SyslogMessage) -> None:
        """Count a message for the next summary."""
        name = sender(message, source)
        if name not in self._dropped and len(self._dropped) >= LEDGER_SOURCES:
            name = OTHERS
        self._dropped[name] += 1

    def settle(self) -> list[tuple[str, int]]:
        """What was dropped since the last time, by source, most first; the ledger is empty then."""
        found = self._dropped.most_common()
        self._dropped.clear()
        return found
