"""Which fault befalls which part of a deployment, when and for how long, drawn from a seed.

Pure: knows the parts by their names only, and nothing of how a fault is brought about.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["kill", "kill a worker", "restart", "stop", "cut", "reset", "fill", "deploy"]
KINDS: tuple[Kind, ...] = get_args(Kind)

WHAT: dict[Kind, str] = {
    "kill": "kill -9",
    "kill a worker": "kill -9 of a worker",
    "restart": "ended politely, and started again",
    "stop": "SIGSTOP, then SIGCONT",
    "cut": "cut off, no byte passes",
    "reset": "cut off with a reset",
    "fill": "full",
    "deploy": "replaced by a new one, and drained",
}

# What takes the time that it takes.
MOMENTARY: frozenset[Kind] = frozenset({"kill a worker", "deploy"})
# Seconds that pass before the first fault, and between those that come singly.
CALM = (1.0, 4.0)
# Seconds between the beginnings of those that come together.
TOGETHER = (0.2, 2.0)
# Seconds between two faults of the same part.
APART = 0.2
# The part of faults that begin while another one may be under way.
OVERLAPPING = 0.5


@dataclass(frozen=True)
class Target:
    """A kind of fault and the name of a part that it can befall."""

    kind: Kind
    part: str

    def __str__(self) -> str:
        return f"{self.part}: {WHAT[self.kind]}"


@dataclass(frozen=True)
class Spell:
    """One fault; times in seconds, the beginning from that of the run."""

    target: Target
    at: float
    seconds: float

    @property
    def end(self) -> float:
        return self.at + self.seconds

    def __str__(self) -> str:
        for_so_long = "" if self.target.kind in MOMENTARY else f", for {self.seconds:.1f} s"
        return f"{self.at:7.1f} s  {self.target}{for_so_long}"


@dataclass(frozen=True)
class Pace:
    """How long a fault lasts, from and to, in seconds; and how much faster than usual one follows another."""

    shortest: float
    longest: float
    hurry: float = 1.0


def draw_plan(seed: int, targets: Sequence[Target], seconds: float, pace: Pace) -> list[Spell]:
    """The faults of a run of so many seconds, in the order of their beginnings; all are over by its end.

    Each target comes once before any comes again. No part has two faults at the same time.

    Raises:
        ValueError: there is nothing that can go wrong.
    """
    if not targets:
        raise ValueError("a plan needs something that can go wrong")
    chance = random.Random(seed)
    spells: list[Spell] = []
    at = 0.0
    deck: list[Target] = []
    while True:
        if not deck:
            deck = chance.sample(targets, len(targets))
        target = deck.pop()
        at = _next_beginning(chance, spells, at, target.part, pace)
        length = 0.0 if target.kind in MOMENTARY else chance.uniform(pace.shortest, pace.longest)
        if at + length > seconds:
            return spells
        spells.append(Spell(target, round(at, 2), round(length, 2)))


def one_of_each(seed: int, targets: Iterable[Target]) -> list[Target]:
    """For a short run: one target of each kind of fault that there is."""
    chance = random.Random(seed)
    by_kind: dict[Kind, list[Target]] = {}
    for target in targets:
        by_kind.setdefault(target.kind, []).append(target)
    return [chance.choice(several) for several in by_kind.values()]


def _next_beginning(chance: random.Random, spells: Iterable[Spell], last: float, part: str, pace: Pace) -> float:
    if chance.random() < OVERLAPPING and spells:
        begin = last + chance.uniform(*TOGETHER) / pace.hurry
    else:
        begin = max((each.end for each in spells), default=0.0) + chance.uniform(*CALM) / pace.hurry
    same = [each.end for each in spells if each.target.part == part]
    return max([begin, *(end + APART for end in same)])


def story(plan: Iterable[Spell]) -> str:
    """A plan as a list, for people."""
    return "\n".join(map(str, plan))
