"""The smallest ASGI application that answers everything a server asks (seeds 3.1).

    hypercorn examples.minimal_asgi:app --bind 127.0.0.1:8000

The seed's asserts that all it ever gets is HTTP; servers ask for the lifespan first, and anybody may try a WebSocket.
"""

from __future__ import annotations

from hubbub.composite.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await live(receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"Hello, world!\n"})
    elif scope["type"] == "websocket":
        await receive()  # websocket.connect
        await send({"type": "websocket.close"})  # before it was accepted: the server answers 403


async def live(receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
