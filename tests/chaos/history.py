"""What clients sent and what they saw, and nothing else: all that the checker may know.

Knows nothing of servers, faults or transports. Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class Posting:
    """One message of an author's, sent until it was acknowledged; `key` is its idempotency key and its text."""

    key: str
    sent_at: float  # for the first time
    acknowledged_at: float | None = None
    message_id: str | None = None  # by the acknowledgement
    attempts: int = 1


@dataclass(frozen=True)
class Sight:
    """One message as it came to one client."""

    key: str
    message_id: str
    at: float


@dataclass
class Witness:
    """One client and all that it saw, in order, as often as it came, over all of its connections.

    Who is not `live` has read it all afterwards.
    """

    name: str
    sights: list[Sight] = field(default_factory=list)
    live: bool = True


@dataclass
class History:
    """A whole run."""

    postings: dict[str, Posting] = field(default_factory=dict)  # {key: …}
    witnesses: list[Witness] = field(default_factory=list)

    def send(self, key: str, at: float) -> Posting:
        """Somebody posts this for the first time; keys are never used twice."""
        if key in self.postings:
            raise ValueError(f"{key} was posted before")
        self.postings[key] = posting = Posting(key, at)
        return posting

    @property
    def acknowledged(self) -> Mapping[str, Posting]:
        """Those that a client was told are there."""
        return {key: each for key, each in self.postings.items() if each.acknowledged_at is not None}


def first_sights(witness: Witness) -> Sequence[Sight]:
    """What somebody saw, without what came again."""
    firsts: dict[str, Sight] = {}
    for sight in witness.sights:
        firsts.setdefault(sight.key, sight)
    return list(firsts.values())
