"""A Starlette application as a guest under a prefix, its lifespan within ours (seeds 3.3).

    hypercorn examples.starlette_guest:app --bind 127.0.0.1:8000

Routes of the guest are written without the prefix, and `url_for` gives them with it. Its WebSocket is reached at
ws://127.0.0.1:8000/star/echo.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hubbub.composite import CompositeApp, Drain, SocketServer


async def homepage(request: Request) -> JSONResponse:
    return JSONResponse({"hello": request.state.greeting, "echo": str(request.url_for("echo"))})


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, str]]:
    yield {"greeting": "Starlette"}


routes = [Route("/", homepage), WebSocketRoute("/echo", echo, name="echo")]
app = CompositeApp(SocketServer(), guests={"/star": Starlette(routes=routes, lifespan=lifespan)}, drain=Drain())
