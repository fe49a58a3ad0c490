"""Engine.IO at a path of one's own (seeds 4.4).

    hypercorn examples.custom_path:app --bind 127.0.0.1:8000

Clients are told the same path: `engineio.AsyncClient().connect(url, engineio_path="realtime/socket")`, in JavaScript
`io(url, { path: "/realtime/socket" })` for Socket.IO.
"""

from __future__ import annotations

from hubbub.composite import CompositeApp, Drain
from hubbub.composite.sockets.engineio_fence import EngineServer

engine = EngineServer()


@engine.on("message")
async def echo(sid: str, text: str) -> None:
    await engine.send(sid, text)


app = CompositeApp(engine, socketio_path="realtime/socket", drain=Drain())
