"""Blocking work of a test beside its event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def in_thread(work: Callable[[], None]) -> None:
    """Do it in a thread, and be there when it is done, even where the task is cancelled meanwhile.

    Otherwise the thread would go on, and start a process of which whoever ends all processes knows nothing yet.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise
