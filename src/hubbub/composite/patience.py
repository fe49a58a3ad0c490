"""How much a connection may ask for that costs its server work and itself nothing; knows no protocol."""

from __future__ import annotations

from collections.abc import Callable

# As Node.js has it for streams that are begun and reset (CVE-2023-44487), with room for a page that is left at once.
BURST = 2_000.0
PER_SECOND = 50.0


class Patience:
    """A bucket of `BURST` that fills up by `PER_SECOND`; one number, the time at which it will be full again."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._full_at = 0.0

    def wears_out(self, cost: float) -> bool:
        """Take `cost` from it; whether that was more than there was."""
        now = self._monotonic()
        self._full_at = max(self._full_at, now) + cost / PER_SECOND
        return self._full_at - now > BURST / PER_SECOND
