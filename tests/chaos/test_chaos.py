"""Random faults: no acknowledged message is lost, none comes twice, and there is one order for all.

`make chaos` does the long forms. docs/decisions/0031-chaos.md says why it is so; docs/several-hosts.md how to read it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.deployment import deployed
from tests.chaos.plan import Pace, draw_plan, one_of_each, story
from tests.chaos.run import Report, Run, Size
from tests.chaos.stores import Store, postgres_store, sqlite_store
from tests.support.chance import VARIABLE, pick_seed
from tests.support.raw_peers import allow_descriptors

SHORT = Size(clients=12, writers=6, pause=0.2)
SHORT_SECONDS = 9.0
SHORT_PACE = Pace(shortest=0.3, longest=1.0, hurry=8.0)

# Of the long forms; a variable of the environment takes the place of each.
CLIENTS = int(os.environ.get("CHAOS_CLIENTS", "300"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "600"))
WRITERS = max(1, CLIENTS // 10)
RATE = 5.0  # messages a second; each goes to every client, and clients and hosts share the machine
LONG = Size(clients=CLIENTS, writers=WRITERS, pause=WRITERS / RATE)
DESCRIPTORS = 20 * CLIENTS  # of clients, relays and nginx together
LONG_PACE = Pace(shortest=1.0, longest=8.0)


async def test_a_short_run(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    seed = pick_seed()
    record_property("chance", f"{VARIABLE}={seed}")
    async with sqlite_store(tmp_path) as store, deployed(tmp_path, store, workers=(1, 1, 1)) as deployment:
        targets = one_of_each(seed, deployment.faults)
        plan = draw_plan(seed, targets, SHORT_SECONDS, SHORT_PACE)[: len(targets)]
        print(story(plan))
        report = await Run(deployment, SHORT, seed).do(plan)
    record_property("chance", str(report))
    judge(report)


@pytest.mark.chaos
@pytest.mark.alone
async def test_postgresql_redis_and_nginx(tmp_path: Path) -> None:
    async with postgres_store() as store:
        await survive(tmp_path, store)


@pytest.mark.chaos
@pytest.mark.alone
async def test_one_file_on_a_disk_that_fills(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await survive(tmp_path, store)


async def survive(folder: Path, store: Store) -> None:
    """The long form, at three hosts behind nginx of which one has two workers."""
    seed = pick_seed()
    allow_descriptors(DESCRIPTORS)
    async with deployed(folder, store, (2, 1, 1), balancer=True) as deployment:
        plan = draw_plan(seed, [*deployment.faults], SECONDS, LONG_PACE)
        print(story(plan))
        report = await Run(deployment, LONG, seed).do(plan)
    print(report)
    judge(report)


def judge(report: Report) -> None:
    """Every promise was kept, every refusal was clear, and no server left without a complaint."""
    assert report.findings == []
    assert report.wrong_refusals == []
    assert 0 not in report.own_ends  # a service manager would leave it at that
