"""One authentication, one rate limit and one request id for REST, WebSocket and Socket.IO (seeds 1.4).

    TOKEN=open-sesame hypercorn examples.shared_door:app --bind 127.0.0.1:8000

Middleware of the application inside never sees Socket.IO, whatever the seed says; that of `CompositeApp` goes around
everything, each poll of a client included: python-socketio's own sends `headers` with its first only, and is given an
`http_session` that has them. Without the token each transport gets the same 401.

`curl -i 127.0.0.1:8000/me -H 'Authorization: Bearer open-sesame'`
"""

from __future__ import annotations

import os
import time
from functools import partial
from secrets import compare_digest

from quart import Quart, websocket

from hubbub.composite import CompositeApp, Drain, Problem, SocketServer
from hubbub.composite.rates import Rate, RateLimiter, RateLimitMiddleware
from hubbub.composite.refusals import refuse
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.composite.scopes import header
from hubbub.composite.types import ASGIApp, Middleware, Receive, Scope, Send

UNAUTHENTICATED = Problem(401, "unauthenticated", "Send the header Authorization: Bearer TOKEN.")

LIMITER = RateLimiter(monotonic=time.monotonic)

rest = Quart(__name__)
sockets = SocketServer()


def authenticated(app: ASGIApp, *, token: str) -> ASGIApp:
    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        if compare_digest(header(scope, b"authorization") or b"", f"Bearer {token}".encode()):
            await app(scope, receive, send)
        else:
            await refuse(scope, receive, send, UNAUTHENTICATED)

    return check


@rest.get("/me")
async def me() -> str:
    return "It is you.\n"


@rest.websocket("/ws")
async def greet() -> None:
    await websocket.send("It is you.")


@sockets.on("me")
async def greet_by_ack(_sid: str) -> str:
    return "It is you."


door: list[Middleware] = [
    RequestIdMiddleware,
    partial(RateLimitMiddleware, limiter=LIMITER, requests=Rate("requests", burst=50, per_second=1)),
    partial(authenticated, token=os.environ["TOKEN"]),
]
app = CompositeApp(sockets, rest, middleware=door, drain=Drain())
