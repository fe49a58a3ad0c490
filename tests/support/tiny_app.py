"""A small application that answers on every protocol, for the tests of the harness itself.

It is Quart under a Socket.IO application, as the product is, and has nothing of the product.
"""

from __future__ import annotations

import logging
from typing import Any

import socketio
from quart import Quart, request, websocket

TOKEN = "open sesame"

quart = Quart(__name__)
# No Origin check of the library's: over TLS it takes its own site for a foreign one.
sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])


@quart.get("/")
async def page() -> str:
    return "<!doctype html><title>Tiny</title><h1>It works</h1>"


@quart.get("/http-version")
async def http_version() -> dict[str, str]:
    return {"http_version": request.http_version, "scheme": request.scheme}


@quart.post("/echo")
async def echo() -> str | bytes:
    return await request.get_data()


@quart.post("/log-an-error")
async def log_an_error() -> str:
    logging.getLogger("tiny").error("ERROR as asked")
    return "logged"


@quart.websocket("/ws")
async def echo_frames() -> None:
    while True:
        await websocket.send(await websocket.receive())


@sio.event  # type: ignore[untyped-decorator]  # socketio ships no types
async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
    if (auth or {}).get("token") != TOKEN:
        error = {"code": "unauthenticated", "detail": "Wrong token."}
        raise socketio.exceptions.ConnectionRefusedError(error["detail"], error)
    await sio.emit("ready", {"transport": sio.transport(sid)}, to=sid)


@sio.event  # type: ignore[untyped-decorator]  # socketio ships no types
async def repeat(sid: str, data: dict[str, Any]) -> dict[str, Any]:
    """Send `data["times"]` numbered events, then acknowledge."""
    if data["times"] < 1:
        return {"ok": False, "error": {"code": "invalid_request", "detail": "Nothing to repeat."}}
    for number in range(data["times"]):
        await sio.emit("message_posted", {"cursor": f"c{number}", "data": {"number": number}}, to=sid)
    return {"ok": True, "data": {"times": data["times"]}}


app = socketio.ASGIApp(sio, other_asgi_app=quart)
