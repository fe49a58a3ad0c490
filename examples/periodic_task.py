"""Work that is done again and again, and work that never ends, from start to stop (seeds 4.3).

    hypercorn examples.periodic_task:app --bind 127.0.0.1:8000

Both are cancelled and awaited when the server stops. A failure is logged and costs one turn; what was to go on for
ever and ends is started anew, later each time.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from quart import Quart

from hubbub.composite import CompositeApp, Drain, SocketServer, Tasks

rest = Quart(__name__)
sockets = SocketServer(namespaces=["/"])
waiting: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
tasks = Tasks()


async def tell_the_time() -> None:
    await sockets.emit("tick", datetime.now(UTC).isoformat())


async def deliver() -> None:
    while True:
        await sockets.emit("note", await waiting.get())


@rest.post("/notes/<text>")
async def add_note(text: str) -> tuple[str, int]:
    try:
        waiting.put_nowait(text)
    except asyncio.QueueFull:
        return "Too many notes wait; try again.\n", 503
    return "It will be told.\n", 202


tasks.every(0.2, tell_the_time, name="tell the time")
tasks.keep("deliver notes", deliver)
app = CompositeApp(sockets, rest, on_startup=tasks, drain=Drain())
