"""The limit for requests: an ASGI function that answers at once, under the same Hypercorn."""

from __future__ import annotations

from typing import Any

BODY = b"{}"


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """200 and two bytes to everything."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})
