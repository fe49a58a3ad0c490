"""The sides in turn, A B C A B C …, so that what else the machine does falls on all of them; then the medians."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.meter import Measured
from benchmarks.plan import Planned
from benchmarks.running import running
from benchmarks.sides import Side


@dataclass
class Result:
    """All rounds of a workload on a side."""

    rounds: list[Measured] = field(default_factory=list)

    def values(self, figure: str) -> list[float]:
        return [each.figures[figure] for each in self.rounds]

    def median(self, figure: str) -> float:
        return statistics.median(self.values(figure))

    @property
    def figures(self) -> list[str]:
        return list(self.rounds[0].figures)

    @property
    def server_share(self) -> float:
        return statistics.median(each.server_share for each in self.rounds)

    @property
    def generator_share(self) -> float:
        return statistics.median(each.generator_share for each in self.rounds)


Results = dict[str, dict[str, Result]]  # {workload: {side: its rounds}}


async def measure(
    plan: Sequence[Planned],
    sides: Sequence[Side],
    rounds: int,
    *,
    short: bool = False,
    progress: Callable[[str], None] = print,
) -> Results:
    """Every workload on every side it is for, in as many rounds, each on a server that has just started."""
    results: Results = {planned.name: {} for planned in plan}
    for planned in plan:
        for number in range(rounds):
            for side in sides:
                if side.name not in planned.sides:
                    continue
                async with running(side) as server:
                    measured = await (planned.short if short else planned.full).run(server)
                results[planned.name].setdefault(side.name, Result()).rounds.append(measured)
                figures = ", ".join(f"{name} {value:,.1f}" for name, value in measured.figures.items())
                progress(f"{planned.name} {number + 1}/{rounds} {side.name}: {figures}")
    return results
