"""Waiting: what is not there in time is said, and where everybody stood."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.deadline import eventually, to_its_end, wait_until, within


def test_what_does_not_come_true_is_named() -> None:
    with pytest.raises(TimeoutError, match="not within 0 s: the moon"):
        wait_until(lambda: False, "the moon", 0)


async def test_an_answer_may_have_to_be_awaited() -> None:
    async def holds() -> bool:
        return True

    await eventually(holds, "the truth")
    with pytest.raises(TimeoutError, match="not within 0 s: the moon"):
        await eventually(lambda: False, "the moon", 0)


async def test_a_block_that_hangs_says_where_each_task_stood() -> None:
    async def forgotten() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError) as raised:
        async with within(0, "the end of it"), asyncio.TaskGroup() as tasks:
            tasks.create_task(forgotten())
    notes = "\n".join(raised.value.__notes__)
    assert "not within 0 s: the end of it" in notes
    assert "in forgotten" in notes


async def test_a_block_that_fails_in_time_fails_as_it_is() -> None:
    with pytest.raises(ValueError, match="wrong") as raised:
        async with within(60, "the end of it"):
            raise ValueError("wrong")
    assert not getattr(raised.value, "__notes__", [])


async def test_a_cancellation_comes_after_what_must_not_stop_half_way() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    closed: list[str] = []

    async def close() -> None:
        begun.set()
        await go_on.wait()
        closed.append("the socket")

    closing = asyncio.create_task(to_its_end(close()))
    await begun.wait()
    for _ in range(2):
        closing.cancel()
        await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert closed == ["the socket"]
