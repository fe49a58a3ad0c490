"""What may be sent once more, and how often. Pure: time comes in."""

from __future__ import annotations

# RFC 9110, 9.2.2: those that are safe, and PUT and DELETE.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

EARNED = 0.25  # of a retry by each request: an outage costs the others a quarter more, not as much again for each try
RESERVE = 100.0  # at once: what was under way with a target when that was killed
PER_SECOND = 10.0  # a site with few requests earns too little


def may_repeat(method: str, *, delivered: bool, answered: bool, replayable: bool) -> bool:
    """Whether a request may be sent to another target.

    `delivered`: its first target may have had a part of it. `answered`: the client has had the head of an answer.
    `replayable`: what was read of its body is still here.

    What was not delivered was never made, so that sending it is no repetition, whatever its method.
    """
    return not answered and replayable and (not delivered or method in IDEMPOTENT)


class RetryBudget:
    """Keeps an outage from being multiplied: repetitions are a share of the requests, with a reserve."""

    def __init__(self) -> None:
        self._saved = RESERVE
        self._at: float | None = None

    def earn(self, now: float) -> None:
        """A request came."""
        self._refill(now)
        self._saved = min(RESERVE, self._saved + EARNED)

    def take(self, now: float) -> bool:
        """Whether one more repetition is in it; it is taken then."""
        self._refill(now)
        if self._saved < 1:
            return False
        self._saved -= 1
        return True

    def _refill(self, now: float) -> None:
        if self._at is not None:
            self._saved = min(RESERVE, self._saved + max(0.0, now - self._at) * PER_SECOND)
        self._at = now
