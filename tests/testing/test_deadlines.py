"""Waiting with an end that says what did not happen."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.testing.deadlines import within


async def answer() -> int:
    return 42


async def test_what_comes_in_time_is_given_back() -> None:
    assert await within(1, answer(), lambda: "never asked") == 42


async def test_what_does_not_come_is_named() -> None:
    with pytest.raises(TimeoutError, match=r"not within 0\.01 s: a bus"):
        await within(0.01, asyncio.Event().wait(), lambda: "a bus")


async def test_a_timeout_of_the_work_itself_stays_its_own() -> None:
    async def impatient() -> None:
        raise TimeoutError("of another kind")

    with pytest.raises(TimeoutError, match="of another kind"):
        await within(1, impatient(), lambda: "never asked")
