from __future__ import annotations

import asyncio
from functools import partial

import pytest

from hubbub.composite.sockets.inbox import Inbox
from hubbub.composite.sockets.tasks import Tasks
from tests.support.deadline import DEADLINE


class World:
    def __init__(self, limit: int = 2) -> None:
        self.tasks = Tasks()
        self.inbox = Inbox(limit, self.tasks.spawn)
        self.done: list[int] = []
        self.gate = asyncio.Event()

    async def work(self, number: int) -> None:
        await self.gate.wait()
        self.done.append(number)

    async def finish(self) -> None:
        self.gate.set()
        assert await self.tasks.finish(DEADLINE) == 0


async def test_work_is_done_one_after_another() -> None:
    world = World(limit=10)
    running = 0

    async def alone(number: int) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        world.done.append(number)
        running -= 1

    for number in range(10):
        world.inbox.append(partial(alone, number))
    await world.finish()
    assert world.done == list(range(10))


async def test_only_so_much_waits_but_what_must_be_done_is_taken() -> None:
    world = World(limit=2)
    assert [world.inbox.offer(partial(world.work, number)) for number in range(3)] == [True, True, False]
    world.inbox.append(partial(world.work, 3))
    await world.finish()
    assert world.done == [0, 1, 3]


async def test_an_idle_inbox_has_no_task_and_starts_again() -> None:
    world = World()
    idle = [world.inbox.is_idle]
    world.inbox.append(partial(world.work, 1))
    idle.append(world.inbox.is_idle)
    await world.finish()
    idle.append(world.inbox.is_idle)
    assert idle == [True, False, True]
    assert len(world.tasks) == 0
    world.inbox.append(partial(world.work, 2))
    await world.finish()
    assert world.done == [1, 2]


async def test_a_failure_is_logged_once_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    world = World()

    async def fail() -> None:
        raise ZeroDivisionError

    world.inbox.append(fail)
    world.inbox.append(partial(world.work, 1))
    await world.finish()
    assert world.done == [1]
    assert [record.exc_info is not None for record in caplog.records] == [True]
