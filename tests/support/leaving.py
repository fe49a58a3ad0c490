"""Leaving with the clients that python-socketio and python-engineio ship, which by themselves wait and go on."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp
import engineio
import socketio

# Seconds for the goodbye of a client.
GOODBYE = 0.5


async def leave(client: socketio.AsyncClient | engineio.AsyncClient) -> None:
    """Disconnect; a poll may be under way, which either library would wait for, and is cut off."""
    # In a task of its own: python-engineio's client takes the end of a task that leaves for its own and goes on.
    goodbye = asyncio.ensure_future(client.disconnect())
    try:
        await asyncio.wait({goodbye}, timeout=GOODBYE)
    finally:
        goodbye.cancel()
        await asyncio.wait({goodbye}, timeout=GOODBYE)
    if goodbye.done() and not goodbye.cancelled():
        # The answer to a poll was cut off, which the client tells only now; or python-engineio 4.15, which takes
        # itself for connected before it reads, waits for a task that is not there.
        with suppress(aiohttp.ClientError, TypeError):
            goodbye.result()


async def end_tasks(engine: engineio.AsyncClient) -> None:
    """Cancel its reading and its writing, which outlive a goodbye that nobody answers."""
    tasks = [task for task in (engine.read_loop_task, engine.write_loop_task) if task]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=GOODBYE)
