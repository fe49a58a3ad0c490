"""A FastAPI application as a guest under a prefix, beside Quart at the root (seeds 3.3).

    hypercorn examples.fastapi_guest:app --bind 127.0.0.1:8000

Its OpenAPI document knows the prefix: http://127.0.0.1:8000/fast/openapi.json. This is the way to move a service over
route by route: what is still FastAPI's stays a guest.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI
from quart import Quart

from hubbub.composite import CompositeApp, Drain, SocketServer

sockets = SocketServer()
fast = FastAPI()
rest = Quart(__name__)


def socket_server() -> SocketServer:
    return sockets


@fast.post("/shout/{words}")
async def shout(words: str, server: Annotated[SocketServer, Depends(socket_server)]) -> dict[str, str]:
    await server.emit("shouted", words.upper())
    return {"shouted": words.upper()}


@rest.get("/")
async def home() -> str:
    return "Quart is at home, FastAPI is under /fast.\n"


@sockets.on("shout")
async def shout_by_socket(_sid: str, words: str) -> None:
    await sockets.emit("shouted", words.upper())


app = CompositeApp(sockets, rest, guests={"/fast": fast}, drain=Drain())
