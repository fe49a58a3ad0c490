"""Each middleware of the door by itself around a bare application: `/NAME/...` passes the one of that name."""

from __future__ import annotations

import json
import logging
from time import monotonic

from hubbub.composite import (
    AccessLogMiddleware,
    BodiesMiddleware,
    BodyLimits,
    ConnectionBounds,
    ConnectionsMiddleware,
    HeadersMiddleware,
    Networks,
    OriginMiddleware,
    ProxiesMiddleware,
    Rate,
    RateLimiter,
    RateLimitMiddleware,
    RequestIdMiddleware,
)
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

logging.basicConfig(level=logging.INFO)

BODY_BYTES = 1_000
LOCAL = Networks(["127.0.0.1", "unix"])


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what it sees of the client and of the body; a websocket hears nothing and stays open until it leaves."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    size, more = 0, True
    while more:
        event = await receive()
        size, more = size + len(event.get("body", b"")), event.get("more_body", False)
    seen = {"client": (scope.get("client") or [None])[0], "scheme": scope.get("scheme"), "size": size}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


def create_doors() -> dict[str, ASGIApp]:
    """{name: one middleware around `bare`}, each with its own bounds of one."""
    one = Rate("requests of your address", burst=1, per_second=0.001)
    return {
        "request_id": RequestIdMiddleware(bare),
        "proxies": ProxiesMiddleware(bare, trusted=LOCAL),
        "access_log": AccessLogMiddleware(bare),
        "headers": HeadersMiddleware(bare),
        "origin": OriginMiddleware(bare, cookie="session", guarded=["/origin/guarded"]),
        "connections": ConnectionsMiddleware(bare, bounds=ConnectionBounds(websockets_per_address=1)),
        "rates": RateLimitMiddleware(bare, limiter=RateLimiter(monotonic=monotonic), requests=one, websockets=one),
        "bodies": BodiesMiddleware(bare, limits=BodyLimits(keep_bytes=BODY_BYTES)),
    }


_doors = create_doors()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "lifespan":
        await _doors[scope["path"].split("/")[1]](scope, receive, send)
