"""Waiting in tests: for something to become true, and never longer than a deadline that says what did not happen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

# Seconds.  Nothing in a test takes that long; a machine under load sometimes does.
DEADLINE = 20.0
POLL_INTERVAL = 0.02


def wait_until(condition: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
    """Block until the condition holds, asking again and again; for threads without an event loop.

    Raises:
        TimeoutError: after `deadline` seconds, naming `what` was waited for.
    """
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {deadline:g} s: {what}")
        time.sleep(POLL_INTERVAL)


async def eventually(condition: Callable[[], bool | Awaitable[bool]], what: str, deadline: float = DEADLINE) -> None:
    """Wait until the condition holds, asking again and again; the loop goes on meanwhile.

    Raises:
        TimeoutError: after `deadline` seconds, naming `what` was waited for.
    """
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"not within {deadline:g} s: {what}")
        await asyncio.sleep(POLL_INTERVAL)
