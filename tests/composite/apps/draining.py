"""An application for the tests of the end: Socket.IO, websockets, slow requests, and a file that notes what happened.

`MARKS` names the file; every step of the lifespan adds a line to it, those of several workers with their number.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import socketio
from quart import Quart, request, websocket

from hubbub.composite import CompositeApp, Drain

HANDLER_SECONDS = 60.0
BIG_BYTES = 64 * 1024 * 1024  # more than any socket buffer holds

_marks = Path(os.environ["MARKS"])

quart = Quart(__name__)
sio: Any = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
drain = Drain(grace=float(os.environ["GRACE"]))


def mark(text: str) -> None:
    with _marks.open("a") as file:
        file.write(f"{text} {os.getpid()}\n")


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    mark("opening")
    await asyncio.sleep(float(os.environ.get("OPENING_SECONDS", "0")))
    mark("database opened")
    yield
    mark("database closed")


@quart.before_serving
async def start_inner() -> None:
    mark("inner started")


@quart.after_serving
async def stop_inner() -> None:
    mark("inner stopped")


@drain.on_drain
async def say_farewell() -> None:
    mark("farewell")
    await sio.emit("server_restarting", {"retry_after_ms": 1})


@quart.get("/")
async def page() -> str:
    return "here"


@quart.get("/sleep")
async def sleep() -> str:
    mark("sleeping")
    try:
        await asyncio.sleep(float(request.args.get("seconds", HANDLER_SECONDS)))
    finally:
        mark("sleep ended")
    return "slept"


@quart.get("/block")
async def block() -> str:
    """Stop the event loop itself."""
    mark("blocking")
    time.sleep(HANDLER_SECONDS)  # noqa: ASYNC251
    return "unblocked"


@quart.get("/stubborn")
async def stubborn() -> str:
    """Refuse to be cancelled."""
    mark("stubborn")
    end = time.monotonic() + HANDLER_SECONDS
    while time.monotonic() < end:
        try:
            await asyncio.sleep(HANDLER_SECONDS)
        except asyncio.CancelledError:
            mark("cancelled in vain")
    return "ended"


@quart.get("/thread")
async def thread() -> str:
    """Keep a thread busy, which the interpreter waits for."""
    mark("threading")
    await asyncio.to_thread(time.sleep, HANDLER_SECONDS)
    return "ended"


@quart.get("/big")
async def big() -> bytes:
    mark("big")
    return bytes(BIG_BYTES)


@quart.post("/upload")
async def upload() -> str:
    mark("uploading")
    return str(len(await request.get_data()))


@quart.websocket("/ws")
async def echo_frames() -> None:
    while True:
        await websocket.send(await websocket.receive())


@quart.websocket("/flood")
async def flood() -> None:
    mark("flooding")
    while True:
        await websocket.send(bytes(32 * 1024))


app = CompositeApp(sio, quart, on_startup=database, on_shutdown=lambda: mark("stopped"), drain=drain)
