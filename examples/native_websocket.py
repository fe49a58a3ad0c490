"""A native WebSocket beside Engine.IO, each with its own clients (seeds 4.8).

    hypercorn examples.native_websocket:app --bind 127.0.0.1:8000

Over TLS both share one HTTP/2 connection of a browser with everything else. `python -m websockets
ws://127.0.0.1:8000/ws` talks to the native one; the product's own is described in docs/websocket.md.
"""

from __future__ import annotations

from quart import Quart, websocket

from hubbub.composite import CompositeApp, Drain
from hubbub.composite.sockets.engineio_fence import EngineServer

engine = EngineServer()
rest = Quart(__name__)


@rest.websocket("/ws")
async def echo() -> None:
    while True:
        await websocket.send("native: " + str(await websocket.receive()))


@engine.on("message")
async def echo_by_engine(sid: str, text: str) -> None:
    await engine.send(sid, f"engine: {text}")


app = CompositeApp(engine, rest, socketio_path="engine.io", drain=Drain())
