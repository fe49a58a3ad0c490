"""An application that answers with the size of what it gets, served with our limits."""

from __future__ import annotations

import resource
from typing import Any

import socketio
from quart import Quart, websocket

from hubbub.composite import CompositeApp, Drain

quart = Quart(__name__)
sio: Any = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])


@quart.get("/memory")
async def memory() -> dict[str, int]:
    """The most that the process ever held, in KiB."""
    return {"peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


@quart.websocket("/size")
async def size() -> None:
    while True:
        await websocket.send(str(len(await websocket.receive())))


@quart.websocket("/flood")
async def flood() -> None:
    """Send for as long as the client, or the server, lets it."""
    while True:
        await websocket.send("x" * 60_000)


@quart.get("/broken-off")
async def broken_off() -> Any:
    async def body() -> Any:
        yield b"the beginning"
        raise RuntimeError("in the middle")

    return body()


@sio.event  # type: ignore[untyped-decorator]  # socketio ships no types
async def echo(sid: str, data: object) -> object:
    return data


app = CompositeApp(sio, quart, drain=Drain(grace=0.5))
