"""How long clients heard nothing although there was something to hear, told from a history alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.chaos.history import History, Sight, Witness


@dataclass(frozen=True)
class Silence:
    """Times are those of the history, in seconds."""

    who: str
    begin: float
    seconds: float


def longest_silences(history: History) -> list[Silence]:
    """The longest one of each client that was there, the longest of all first.

    A message is there to hear from when its acknowledgement came or somebody saw it, whichever was first; and at the
    latest when one that comes after it was there.
    """
    known: dict[str, float] = {
        key: posting.acknowledged_at
        for key, posting in history.postings.items()
        if posting.acknowledged_at is not None
    }
    for witness in history.witnesses:
        for sight in witness.sights:
            known[sight.key] = min(sight.at, known.get(sight.key, math.inf))
    live = [witness for witness in history.witnesses if witness.live]
    found = [longest for witness in live if (longest := _longest(witness, known)) is not None]
    return sorted(found, key=lambda silence: -silence.seconds)


def _longest(witness: Witness, known: dict[str, float]) -> Silence | None:
    """None for somebody who saw nothing."""
    longest: Silence | None = None
    there = math.inf
    for before, sight in reversed(list(zip([None, *witness.sights], witness.sights, strict=False))):
        there = min(there, known[sight.key])
        silence = _between(witness.name, before, sight, there)
        if longest is None or silence.seconds > longest.seconds:
            longest = silence
    return longest


def _between(who: str, before: Sight | None, sight: Sight, there: float) -> Silence:
    begin = there if before is None else max(before.at, there)
    return Silence(who, begin, max(0.0, sight.at - begin))
