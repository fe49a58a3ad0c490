"""Who is idle for too long, by a timer that the test makes short."""

from __future__ import annotations

import asyncio

from hubbub.composite.idleness import Idleness

SECONDS = 0.02
DEADLINE = 5.0


async def test_each_is_called_when_it_is_due_and_once() -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()
    idle = Idleness(SECONDS)
    for name in ("first", "second"):
        idle.begin(lambda name=name: ended.put_nowait(name))  # type: ignore[misc]
    assert [await asyncio.wait_for(ended.get(), DEADLINE) for _ in range(2)] == ["first", "second"]
    assert len(idle) == 0
    idle.begin(lambda: ended.put_nowait("third"))
    assert await asyncio.wait_for(ended.get(), DEADLINE) == "third"


async def test_who_has_stopped_is_left_alone_and_the_others_are_not() -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()
    idle = Idleness(SECONDS)

    def end() -> None:
        ended.put_nowait("stopped")

    idle.begin(end)
    idle.begin(lambda: ended.put_nowait("other"))
    idle.stop(end)
    idle.stop(end)
    assert await asyncio.wait_for(ended.get(), DEADLINE) == "other"
    assert len(idle) == 0


async def test_to_begin_again_is_to_begin() -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()
    idle = Idleness(SECONDS)

    def end() -> None:
        ended.put_nowait("again")

    idle.begin(end)
    idle.begin(lambda: ended.put_nowait("other"))
    idle.begin(end)
    assert [await asyncio.wait_for(ended.get(), DEADLINE) for _ in range(2)] == ["other", "again"]


async def test_all_can_be_ended_at_once() -> None:
    ended = 0

    def end() -> None:
        nonlocal ended
        ended += 1

    idle = Idleness(3_600)
    idle.begin(end)
    idle.begin(lambda: end())
    idle.end_all()
    assert (ended, len(idle)) == (2, 0)
    idle.begin(end)
    assert len(idle) == 1
    idle.end_all()
