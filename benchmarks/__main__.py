"""`python -m benchmarks`: the sides in turn, several rounds, medians; every figure is of this run on this machine."""

from __future__ import annotations

import argparse
import signal
from datetime import UTC, datetime
from pathlib import Path

import orjson
import uvloop

from benchmarks.picture import draw
from benchmarks.plan import PLAN
from benchmarks.record import machine, record
from benchmarks.rounds import measure
from benchmarks.sides import SIDES, TOP, Side
from benchmarks.table import render

OUTPUT = TOP / "benchmarks" / "output"
ROUNDS = 5


def main() -> None:
    """Measure, print the table, and leave `results.json` and `results.svg` in the output folder."""
    # However it is told to stop, it stops the server that runs and takes the folder away.
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.default_int_handler)
    given = _arguments()
    plan = [planned for planned in PLAN if planned.name in given.workload]
    sides = [side for side in SIDES if side.name in given.side and _is_here(side)]
    started = datetime.now(UTC)
    print(f"{started:%Y-%m-%d %H:%M} UTC, {machine()}", flush=True)
    results = uvloop.run(measure(plan, sides, given.rounds, short=given.short, progress=_say))
    print(render(plan, results, short=given.short))
    given.output.mkdir(parents=True, exist_ok=True)
    report = record(results, started, short=given.short)
    (given.output / "results.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    (given.output / "results.svg").write_text(draw(plan, results))


def _arguments() -> argparse.Namespace:
    workloads = [planned.name for planned in PLAN]
    sides = [side.name for side in SIDES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one round of small sizes; its figures say little")
    parser.add_argument("--rounds", type=int, help=f"rounds of each workload (default {ROUNDS}; 1 with --short)")
    parser.add_argument("--workload", action="append", choices=workloads, help="only this one; may be repeated")
    parser.add_argument("--side", action="append", choices=sides, help="only this one; may be repeated")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the folder for results.json and results.svg")
    given = parser.parse_args()
    given.rounds = given.rounds or (1 if given.short else ROUNDS)
    given.workload = given.workload or workloads
    given.side = given.side or sides
    return given


def _is_here(side: Side) -> bool:
    reason = side.missing()
    if reason is not None:
        print(f"left out: {side.name}, because {reason}")
    return reason is None


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
