"""A Quart application with a websocket of its own behind the door: `hypercorn tests.conformance.origin_site:app`."""

from __future__ import annotations

from functools import partial

import socketio
from quart import Quart, websocket

from hubbub.composite import CompositeApp
from hubbub.composite.headers import HeadersMiddleware
from hubbub.composite.origin import OriginMiddleware
from hubbub.composite.proxies import ProxiesMiddleware
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.transports.credentials import SESSION_COOKIE

quart = Quart(__name__)


@quart.websocket("/api/v1/ws")
async def greet() -> None:
    await websocket.accept()
    await websocket.send(websocket.cookies.get(SESSION_COOKIE, "nobody"))


app = CompositeApp(
    socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[]),
    quart,
    middleware=(
        RequestIdMiddleware,
        ProxiesMiddleware,
        HeadersMiddleware,
        partial(OriginMiddleware, cookie=SESSION_COOKIE, guarded=["/socket.io"]),
    ),
)
