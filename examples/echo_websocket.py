"""A WebSocket endpoint that answers with what it was sent (seeds 3.4).

    hypercorn examples.echo_websocket:app --bind 127.0.0.1:8000

Talk to it with `python -m websockets ws://127.0.0.1:8000/echo`.
"""

from __future__ import annotations

from quart import Quart, websocket

app = Quart(__name__)


@app.websocket("/echo")
async def echo() -> None:
    while True:
        await websocket.send(await websocket.receive())
