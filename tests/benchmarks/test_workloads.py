"""The short form of `make bench`: each workload runs on ours and on the peers in Python, and what it counted is right.

Each workload checks its own counts and raises.  The Node.js side is left to `make bench`: its database has to be
compiled first.  How fast anything was is not asked.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.plan import PLAN
from benchmarks.running import running
from benchmarks.sides import SIDES, Side
from tests.support.machine import require

BROWSER = "cold-load"
# Started alike, so that one server does for both.
SHARED = {"hubbub-h2": "hubbub-tls"}
IN_PYTHON = [side for side in SIDES if side.name != "node" and side.name not in SHARED]


@pytest.mark.parametrize("side", IN_PYTHON, ids=lambda side: side.name)
async def test_every_workload_is_complete_and_correct(side: Side) -> None:
    # One server for all of them, which `make bench` would not do, because starting is most of what this takes.
    async with running(side) as server:
        for asked in [side, *(each for each in SIDES if SHARED.get(each.name) == side.name)]:
            for planned in PLAN:
                if asked.name in planned.sides and planned.name != BROWSER:
                    measured = await planned.short.run(replace(server, side=asked))
                    assert measured.figures, planned.name


async def test_the_page_is_loaded_by_a_browser() -> None:
    require("chromium")
    (planned,) = (each for each in PLAN if each.name == BROWSER)
    (side,) = (each for each in SIDES if each.name in planned.sides)
    async with running(side) as server:
        measured = await planned.short.run(server)
    assert all(measured.figures.values()), measured.figures


def test_every_side_is_asked_for() -> None:
    assert {name for planned in PLAN for name in planned.sides} == {side.name for side in SIDES}
