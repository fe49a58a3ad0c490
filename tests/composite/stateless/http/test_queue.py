"""Whether anybody has asked."""

from __future__ import annotations

import asyncio

from hubbub.composite.stateless.http.queue import AskedQueue
from hubbub.composite.stateless.instances import Activity


async def test_who_waits_has_asked() -> None:
    queue = AskedQueue(1, Activity.begin())
    queue.put_nowait("one")
    assert not queue.asked.is_set()
    assert await asyncio.create_task(queue.get()) == "one"
    assert queue.asked.is_set()
