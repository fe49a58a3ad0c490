"""How long the kit waits for what must come, in real seconds: a test that would hang fails and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

DEADLINE = 20.0  # nothing in memory takes that long; a machine under load sometimes does

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T], what: Callable[[], str]) -> T:
    """The result of the work.

    Raises:
        TimeoutError: it took longer; the text is `what` it was that did not happen.
    """
    try:
        async with asyncio.timeout(seconds) as deadline:
            return await work
    except TimeoutError:
        if not deadline.expired():
            raise
        raise TimeoutError(f"not within {seconds:g} s: {what()}") from None
