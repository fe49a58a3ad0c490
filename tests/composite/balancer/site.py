"""An upstream of the balancer's tests: it says which one it is over HTTP and Socket.IO, and echoes a WebSocket."""

from __future__ import annotations

import os

import socketio

from hubbub.composite.types import Receive, Scope, Send
from tests.support.tiny_asgi import answer

NAME = os.environ.get("SITE_NAME", "site")
PING_SECONDS = 1  # so that clients notice soon that their server hangs

sio = socketio.AsyncServer(
    async_mode="asgi", cors_allowed_origins=[], ping_interval=PING_SECONDS, ping_timeout=PING_SECONDS
)


@sio.event  # type: ignore[untyped-decorator]  # socketio ships no types
async def who(sid: str) -> str:
    return NAME


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await _echo(receive, send)
        return
    while (await receive()).get("more_body", False):
        pass
    await answer(send, NAME.encode())


async def _echo(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


app = socketio.ASGIApp(sio, other_asgi_app=inner)
