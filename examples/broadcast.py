"""A message by REST that reaches every Engine.IO client (seeds 4.6).

    hypercorn examples.broadcast:app --bind 127.0.0.1:8000

`curl 127.0.0.1:8000/broadcast --data Hello`. Engine.IO has no manager and no rooms, whatever the seed says: it has
`sockets`. Who wants rooms takes Socket.IO: `await sockets.emit("news", text, room="readers")`.
"""

from __future__ import annotations

from quart import Quart, request

from hubbub.composite import CompositeApp, Drain
from hubbub.composite.sockets.engineio_fence import EngineServer

engine = EngineServer()
rest = Quart(__name__)


@rest.post("/broadcast")
async def broadcast() -> dict[str, int]:
    text = str(await request.get_data(as_text=True))
    everybody = list(engine.sockets)
    for sid in everybody:
        await engine.send(sid, text)  # queued within the client's own bounds: nobody is waited for
    return {"reached": len(everybody)}


app = CompositeApp(engine, rest, socketio_path="engine.io", drain=Drain())
