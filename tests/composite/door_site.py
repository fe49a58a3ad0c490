"""The whole door around a small site, for a real server: `hypercorn tests.composite.door_site:app`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import monotonic

from hubbub.composite.addresses import Networks
from hubbub.composite.bodies import BodiesMiddleware
from hubbub.composite.body_reading import BodyLimits
from hubbub.composite.connections import ConnectionsMiddleware
from hubbub.composite.headers import HeadersMiddleware
from hubbub.composite.hypercorn_http2 import mend_http2
from hubbub.composite.origin import OriginMiddleware
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.proxies import ProxiesMiddleware
from hubbub.composite.rates import Rate, RateLimiter, RateLimitMiddleware
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.composite.static import StaticFiles
from hubbub.composite.static_tree import Mount
from hubbub.composite.types import ASGIApp, Middleware, Receive, Scope, Send

SITE = Path(__file__).parent / "site"
LIMITS = BodyLimits(keep_bytes=100_000, discard_bytes=1_000_000)

files = StaticFiles([Mount(SITE)])
limiter = RateLimiter(monotonic=monotonic)

# From the outside in, as docs/decisions/0004-door-policy.md recommends.
DOOR: list[Middleware] = [
    partial(RequestIdMiddleware, trusted=Networks(["127.0.0.1"])),
    partial(ProxiesMiddleware, trusted=Networks(["127.0.0.1"])),
    HeadersMiddleware,
    partial(OriginMiddleware, cookie="session", guarded=["/socket.io"]),
    ConnectionsMiddleware,
    partial(RateLimitMiddleware, limiter=limiter, requests=Rate("requests", 1000, 100.0)),
    partial(BodiesMiddleware, limits=LIMITS),
]


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """Files, an echo, a websocket that says hello, nothing else."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": scope["client"][0]})
        await send({"type": "websocket.close", "code": 1000})
    elif files.matches(scope):
        await files(scope, receive, send)
    elif scope["path"] == "/echo":
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
    else:
        await send_problem(scope, send, Problem(404, "not_found", "There is nothing at this address."))


def _behind(door: list[Middleware], app: ASGIApp) -> ASGIApp:
    for wrap in reversed(door):
        app = wrap(app)
    return app


mend_http2()  # `CompositeApp` does
app = _behind(DOOR, inner)
