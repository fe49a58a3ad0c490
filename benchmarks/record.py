"""The results as JSON, with what is needed to judge them: the machine, the day and every round."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.goals import GOALS
from benchmarks.rounds import Result, Results


def record(results: Results, started: datetime, *, short: bool) -> dict[str, Any]:
    """`{started, machine, short, workloads: {workload: {side: …}}, goals: […]}`."""
    workloads = {
        workload: {side: _result(result) for side, result in by_side.items()} for workload, by_side in results.items()
    }
    return {
        "started": started.isoformat(),
        "machine": machine(),
        "short": short,
        "workloads": workloads,
        "goals": [] if short else list(_goals(results)),
    }


def machine() -> dict[str, Any]:
    """What it was measured on; the load is how many others wanted a core in the last five minutes."""
    cpu_info = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in cpu_info.splitlines() if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 2),
        "system": platform.release(),
        "python": platform.python_version(),
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "figures": {name: {"median": result.median(name), "rounds": result.values(name)} for name in result.figures},
        "server_share": result.server_share,
        "generator_share": result.generator_share,
    }


def _goals(results: Results) -> Iterator[dict[str, Any]]:
    for goal in GOALS:
        by_side = results.get(goal.workload, {})
        ratio = goal.ratio({name: result.median(goal.figure) for name, result in by_side.items()})
        if ratio is not None:
            names = {"workload": goal.workload, "figure": goal.figure, "goal": str(goal)}
            yield {**names, "ratio": ratio, "reached": goal.reached(ratio)}
