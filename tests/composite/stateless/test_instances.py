"""What is kept of an instance: what came in, and for how long nothing has happened."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.stateless.instances import Activity, InputQueue


async def test_the_queue_counts_what_it_took_and_not_what_it_refused() -> None:
    activity = Activity.begin()
    queue = InputQueue(1, activity)
    queue.put_nowait("one")
    with pytest.raises(asyncio.QueueFull):
        queue.put_nowait("two")
    assert (activity.messages_in, await queue.get()) == (1, "one")


async def test_something_that_happens_ends_being_idle() -> None:
    activity = Activity.begin()
    activity.active_at -= 100.0
    assert activity.idle_seconds() > 99.0
    InputQueue(1, activity).put_nowait("one")
    assert activity.idle_seconds() < 99.0
