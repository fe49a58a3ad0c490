"""Waiting in tests: for something to become true, and never longer than a deadline that says what did not happen."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncIterator[None]:
    """Bound a whole test; what has not ended by then fails and says where each task of the loop stood.

    Raises:
        TimeoutError: or whatever the end makes of it; its notes are the stacks.
    """
    stood: list[str] = []
    loop = asyncio.get_running_loop()
    looking = loop.call_later(seconds, lambda: stood.extend(map(_stack, asyncio.all_tasks(loop))))
    try:
        async with asyncio.timeout(seconds + POLL_INTERVAL):  # the tasks are looked at before they are cancelled
            yield
    except BaseException as error:
        for note in [f"not within {seconds:g} s: {what}", *stood] if stood else ():
            error.add_note(note)
        raise
    finally:
        looking.cancel()


async def to_its_end(work: Coroutine[object, object, None]) -> None:
    """Wait for something that must not stop half-way, such as letting go of sockets; a cancellation comes after it."""
    doing = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not doing.done():
        try:
            await asyncio.wait({doing})
        except asyncio.CancelledError as error:
            cancelled = error
    doing.result()
    if cancelled is not None:
        raise cancelled


def _stack(task: asyncio.Task[object]) -> str:
    text = io.StringIO()
    task.print_stack(file=text)
    return text.getvalue()
