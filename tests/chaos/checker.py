"""Decides by a history whether a message was lost, doubled, forged or out of order.

Pure, and apart from what it judges: it knows what clients sent and saw, and nothing of the server or of the faults.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tests.chaos.history import History, Sight, Witness, first_sights

Kind = Literal["lost", "doubled", "forged", "out of order"]


@dataclass(frozen=True)
class Finding:
    """One promise that was broken."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def find_faults(history: History) -> list[Finding]:
    """All that is wrong with a run that is over; every witness was there from the first message on."""
    return [
        *_lost(history),
        *_doubled(history),
        *_forged(history),
        *_two_orders(history),
        *_overtaken(history),
    ]


def _lost(history: History) -> Iterator[Finding]:
    """Acknowledged, and not seen by somebody."""
    for witness in history.witnesses:
        seen = {sight.key for sight in witness.sights}
        for key in history.acknowledged.keys() - seen:
            yield Finding("lost", f"{witness.name} never saw {key}, which was acknowledged")


def _doubled(history: History) -> Iterator[Finding]:
    """Seen again by somebody, or there under two ids, one of which may be that of the acknowledgement."""
    ids: dict[str, set[str]] = {}  # {key: {message_id, …}}
    for witness in history.witnesses:
        seen: set[str] = set()
        for sight in witness.sights:
            if sight.key in seen:
                yield Finding("doubled", f"{witness.name} saw {sight.key} again")
            seen.add(sight.key)
            ids.setdefault(sight.key, set()).add(sight.message_id)
    for key, posting in history.acknowledged.items():
        if posting.message_id is not None:
            ids.setdefault(key, set()).add(posting.message_id)
    for key, several in ids.items():
        if len(several) > 1:
            yield Finding("doubled", f"{key} is there as {' and as '.join(sorted(several))}")


def _forged(history: History) -> Iterator[Finding]:
    """Seen, and sent by nobody."""
    for witness in history.witnesses:
        for sight in witness.sights:
            if sight.key not in history.postings:
                yield Finding("forged", f"{witness.name} saw {sight.key!r}, which nobody sent")


def _two_orders(history: History) -> Iterator[Finding]:
    """Seen in one order by the one who saw most, and in another by somebody."""
    orders = [(witness, first_sights(witness)) for witness in history.witnesses]
    if not orders:
        return
    most, order = max(orders, key=lambda each: len(each[1]))
    place = {sight.key: number for number, sight in enumerate(order)}
    for witness, sights in orders:
        known = [sight.key for sight in sights if sight.key in place]
        for earlier, later in pairwise(known):
            if place[earlier] > place[later]:
                yield Finding(
                    "out of order", f"{witness.name} saw {earlier} before {later}, and {most.name} the other way round"
                )


def _overtaken(history: History) -> Iterator[Finding]:
    """Seen before what had been acknowledged when it was sent: so that an author's own are in their order, too."""
    for witness in history.witnesses:
        yield from _overtaken_for(history, witness, first_sights(witness))


def _overtaken_for(history: History, witness: Witness, sights: Sequence[Sight]) -> Iterator[Finding]:
    soonest, first = math.inf, ""  # acknowledgement of those seen later
    for sight in reversed(sights):
        posting = history.postings.get(sight.key)
        if posting is None:
            continue
        if soonest < posting.sent_at:
            yield Finding(
                "out of order",
                f"{witness.name} saw {sight.key} before {first}, which had been acknowledged when it was sent",
            )
        if posting.acknowledged_at is not None and posting.acknowledged_at < soonest:
            soonest, first = posting.acknowledged_at, sight.key
