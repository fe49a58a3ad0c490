"""Random walks through all that can happen to the clients of several workers: nobody misses or repeats a change.

Each test draws a batch of walks and does them at the same time at one server, which lives through all batches, is
restarted and has its workers killed. docs/decisions/0016-random-walks.md says why it is so, and how to repeat one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from tests.support.chance import VARIABLE, pick_seed
from tests.support.outages import Outages
from tests.support.people import People, Person
from tests.support.roamer import PatientTransport
from tests.support.server import ServerProcess
from tests.support.walker import Ground, Walker
from tests.support.walks import NAMES, Bounds, draw_batch

WORKERS = 2
CALM = Bounds(walks=64, kills=0, restarts=0)
STORMY = Bounds(walks=64, kills=3, restarts=1)
BATCHES = 7
AT_ONCE = 24  # walks under way: as many as an outage hits, and no more than a small machine can do at once
SOAK_BATCHES = 100  # some twenty minutes
LAST_WORDS = 4_000  # characters of the server's log, and
OUTAGES = 5  # of the last outages, that are shown of a failure
SECONDS = 150.0  # for a batch, on a machine that does much else


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The loop of all batches: uvloop's, as half the work of a walk is its clients'."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


@pytest.fixture(scope="module")
def ground(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A server of several workers, and as many people as walk at once."""
    opened = open_ground(tmp_path_factory.mktemp("walks"))
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


@asynccontextmanager
async def open_ground(folder: Path) -> AsyncIterator[Ground]:
    """It, for the length of a block."""
    server = ServerProcess(
        folder,
        command="hypercorn",
        tls=False,
        env={"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off", "HUBBUB_LOG_LEVEL": "warning"},
        arguments=("-c", "hypercorn.toml", "-w", str(WORKERS)),
    )
    try:
        await asyncio.to_thread(server.start)
        outages = Outages(server, WORKERS)
        async with People(server, http2=False, transport=lambda: PatientTransport(outages)) as people:
            count = AT_ONCE * len(NAMES)
            owner = await people.register()
            others = await asyncio.gather(*(people.register() for _ in range(count - 1)))
            yield Ground(server, outages, [owner, *others])
        await server.stop()
    finally:
        await asyncio.to_thread(server.release)


async def walk_all(ground: Ground, walkers: list[Walker]) -> None:
    """Do them all, some at once; the first that fails ends the others.

    Raises:
        AssertionError: with the walk that failed, the outages and the last words of the server.
    """
    free = asyncio.Queue[Sequence[Person]]()
    for first in range(0, len(ground.people), len(NAMES)):
        free.put_nowait(ground.people[first : first + len(NAMES)])

    async def run(walker: Walker) -> None:
        people = await free.get()
        await walker.run(people)
        free.put_nowait(people)

    tasks = {asyncio.create_task(run(walker)): walker for walker in walkers}
    done, late = await asyncio.wait(tasks, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    errors = [(task, task.exception()) for task in done if task.exception() is not None]
    for task, error in errors[:1]:
        said = ground.server.logs()[-LAST_WORDS:]
        raise AssertionError("\n".join([tasks[task].story(), *ground.outages.history[-OUTAGES:], said])) from error
    assert not late, f"still under way after {SECONDS:g} s:\n" + "\n".join(tasks[task].story() for task in late)


async def walk(ground: Ground, seed: int, bounds: Bounds) -> str:
    """Draw a batch and do it; what it came to, for people."""
    kills, restarts = ground.outages.kills, ground.outages.restarts
    walkers = [Walker(ground, drawn) for drawn in draw_batch(seed, bounds)]
    await walk_all(ground, walkers)
    roamers = [roamer for walker in walkers for roamer in walker.roamers]
    return (
        f"{len(walkers)} walks of {sum(len(each.walk.moments) for each in walkers)} moments, "
        f"{ground.outages.kills - kills} kills, {ground.outages.restarts - restarts} restarts, "
        f"{sum(each.connections for each in roamers)} connections, {sum(each.losses for each in roamers)} lost, "
        f"{sum(each.repeats for each in roamers)} commands repeated, "
        f"{sum(len(each.heard) for each in roamers)} changes heard"
    )


def test_walks_without_outages(
    runner: asyncio.Runner, ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    seed = pick_seed()
    record_property("chance", f"{VARIABLE}={seed}")
    record_property("chance", runner.run(walk(ground, seed, CALM)))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_walks(
    batch: int, runner: asyncio.Runner, ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    seed = pick_seed()
    record_property("chance", f"{VARIABLE}={seed}")
    record_property("chance", runner.run(walk(ground, seed, STORMY)))


@pytest.mark.soak
def test_many_more_walks(runner: asyncio.Runner, ground: Ground) -> None:
    for _ in range(SOAK_BATCHES):
        print(runner.run(walk(ground, pick_seed(), STORMY)), flush=True)
