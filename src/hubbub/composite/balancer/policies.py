"""Which of several targets is next. Pure: knows names, weights and how many exchanges are under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Candidate(Protocol):
    """A target that may be chosen."""

    @property
    def name(self) -> str:
        """Different from that of every other."""

    @property
    def weight(self) -> int:
        """1 or more: how much it takes in comparison with the others."""

    @property
    def in_flight(self) -> int:
        """Exchanges under way."""


C = TypeVar("C", bound=Candidate)


class Policy(Protocol):
    """Chooses; keeps nothing but what makes it fair."""

    def choose(self, candidates: Sequence[C]) -> C:
        """One of the candidates, of which there is at least one."""


class RoundRobin:
    """One after the other, a weight of 3 three times as often, and as evenly spread as can be.

    Smooth weighted round robin, as nginx has it: each gains its weight, the richest is chosen and pays for all.
    """

    def __init__(self) -> None:
        self._credit: dict[str, int] = {}  # {name: what it has gained and not paid}

    def choose(self, candidates: Sequence[C]) -> C:
        """The one with the most credit; of several the first."""
        for candidate in candidates:
            self._credit[candidate.name] = self._credit.get(candidate.name, 0) + candidate.weight
        chosen = max(candidates, key=lambda candidate: self._credit[candidate.name])
        self._credit[chosen.name] -= sum(candidate.weight for candidate in candidates)
        return chosen


class LeastBusy:
    """The one with the fewest exchanges in flight for its weight; of several the one chosen longest ago."""

    def __init__(self) -> None:
        self._turn = 0
        self._chosen: dict[str, int] = {}  # {name: the turn in which it was last chosen}

    def choose(self, candidates: Sequence[C]) -> C:
        """The least busy."""
        chosen = min(candidates, key=lambda c: ((c.in_flight + 1) / c.weight, self._chosen.get(c.name, -1)))
        self._chosen[chosen.name] = self._turn
        self._turn += 1
        return chosen
