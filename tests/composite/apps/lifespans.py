"""An application whose steps between start and stop fail or hang where `STORY` says so, as JSON: `{step: fate}`.

`MARKS` names a file to which each step adds a line when it begins. Arguments: the address, and the seconds of a start.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from quart import Quart

from hubbub.composite import CompositeApp, Drain, ServeConfig, SocketServer, Tasks, serve

_story = json.loads(os.environ["STORY"])
_marks = Path(os.environ["MARKS"])

quart = Quart("inner")


def mark(text: str) -> None:
    with _marks.open("a") as file:
        file.write(f"{text}\n")


async def act(step: str) -> None:
    mark(step)
    if _story.get(step) == "fails":
        raise OSError(f"{step} is impossible")
    if _story.get(step) == "hangs":
        await asyncio.Event().wait()


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    """Has a process of its own, as a database may."""
    await act("database opens")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:  # noqa: ASYNC220
        try:
            yield
            await act("database closes")
        finally:
            process.kill()


async def start() -> None:
    await act("start hook")


async def stop() -> None:
    await act("stop hook")


@quart.before_serving
async def start_inner() -> None:
    await act("inner starts")


@quart.after_serving
async def stop_inner() -> None:
    await act("inner stops")


tasks = Tasks()
tasks.every(0.01, lambda: None, name="tick")
app = CompositeApp(
    SocketServer(), quart, on_startup=[database, tasks, start], on_shutdown=stop, drain=Drain(grace=0.5)
)

if __name__ == "__main__":
    status = serve(app, ServeConfig(bind=(sys.argv[1],), startup_timeout=float(sys.argv[2])))
    mark(f"threads {[thread.name for thread in threading.enumerate() if not thread.daemon]}")
    sys.exit(status)
