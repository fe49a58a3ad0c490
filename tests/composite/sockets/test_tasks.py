from __future__ import annotations

import asyncio

from hubbub.composite.sockets.tasks import Tasks


async def test_finish_waits_for_tasks_that_start_tasks() -> None:
    tasks = Tasks()
    done: list[str] = []

    async def second() -> None:
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        tasks.spawn(second())
        done.append("first")

    tasks.spawn(first())
    assert await tasks.finish(10) == 0
    assert done == ["first", "second"]


async def test_what_takes_too_long_is_cancelled() -> None:
    tasks = Tasks()
    task = tasks.spawn(asyncio.Event().wait())  # type: ignore[arg-type]
    assert await tasks.finish(0.01) == 1
    assert task.cancelled()
    assert len(tasks) == 0
