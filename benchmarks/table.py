"""The results as text: each figure by side, Hubbub's ratio to it, and the goal beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.goals import goals_of
from benchmarks.plan import Planned
from benchmarks.rounds import Result, Results

_HEAD = f"{'':<12} {'median':>12} {'lowest':>12} {'highest':>12} {'hubbub ÷':>9} {'server':>7} {'load':>6}  goal"


def render(plan: Sequence[Planned], results: Results, *, short: bool = False) -> str:
    """`server` and `load` are shares of a core, of the server and of the load generator.

    The short form is held to no goal: goals are about full sizes.
    """
    lines = (
        ["short form: sizes are smaller than the titles say, and nothing follows from the figures"] if short else []
    )
    for planned in plan:
        by_side = results[planned.name]
        for figure in next(iter(by_side.values())).figures if by_side else []:
            lines += ["", f"{planned.title}: {figure}", _HEAD, *_rows(planned.name, figure, by_side, short=short)]
    return "\n".join(lines)


def _rows(workload: str, figure: str, by_side: dict[str, Result], *, short: bool) -> Iterator[str]:
    medians = {name: result.median(figure) for name, result in by_side.items()}
    goals = {} if short else {goal.peer or "hubbub": goal for goal in goals_of(workload, figure)}
    for name, result in by_side.items():
        values = result.values(figure)
        ratio = medians["hubbub"] / medians[name] if "hubbub" in medians and name != "hubbub" else None
        cells = [
            f"{name:<12}",
            *(f"{value:>12,.1f}" for value in (medians[name], min(values), max(values))),
            f"{ratio:>9.2f}" if ratio is not None else " " * 9,
            f"{result.server_share:>7.0%}",
            f"{result.generator_share:>6.0%}",
        ]
        goal = goals.get(name)
        held = goal.ratio(medians) if goal else None
        verdict = f"  {goal.verdict(held)}" if goal and held is not None else ""
        yield " ".join(cells) + verdict
