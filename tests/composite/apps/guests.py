"""One application of each framework under a prefix, and several socket servers, behind one door.

Every guest answers `/` and `/show` with the address that it makes for `/show`, and the path that it believes was
asked. `MARKS` names a file to which each lifespan adds a line.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import django
import engineio
import socketio
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path as django_path
from django.urls import reverse
from fastapi import FastAPI, WebSocket
from flask import Flask
from flask import request as flask_request
from flask import url_for as flask_url_for
from quart import Quart, websocket
from quart import request as quart_request
from quart import url_for as quart_url_for
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hubbub.composite import CompositeApp, Drain, SocketServer, wsgi_guest
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.composite.types import Receive, Scope, Send

_marks = Path(os.environ["MARKS"])


def mark(text: str) -> None:
    with _marks.open("a") as file:
        file.write(f"{text}\n")


@asynccontextmanager
async def _named(name: str) -> AsyncIterator[dict[str, str]]:
    mark(f"{name} started")
    yield {"name": name}
    mark(f"{name} stopped")


async def _show_url(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.url_for('show').path} {request.url.path}")


starlette = Starlette(
    routes=[Route("/", _show_url), Route("/show", _show_url, name="show")], lifespan=lambda _: _named("starlette")
)

fastapi = FastAPI(lifespan=lambda _: _named("fastapi"))


@fastapi.get("/")
@fastapi.get("/show", name="show")
async def show_fastapi(request: Request) -> PlainTextResponse:
    return await _show_url(request)


@fastapi.get("/broken")
async def broken() -> None:
    raise KeyError("mistake")


@fastapi.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(f"{socket.url_for('echo').path} {socket.state.name} {await socket.receive_text()}")


quart = Quart("guest")


@quart.get("/")
@quart.get("/show", endpoint="show")
async def show_quart() -> str:
    return f"{quart_url_for('show')} {quart_request.script_root}{quart_request.path}"


@quart.websocket("/echo")
async def echo_quart() -> None:
    heard: str | bytes = await websocket.receive()
    await websocket.send(f"{websocket.root_path}{websocket.path} {heard!s}")


@quart.before_serving
async def start_quart() -> None:
    mark("quart started")


@quart.after_serving
async def stop_quart() -> None:
    mark("quart stopped")


flask = Flask("guest")


@flask.get("/")
@flask.get("/show", endpoint="show")
def show_flask() -> str:
    return f"{flask_url_for('show')} {flask_request.script_root}{flask_request.path}"


@flask.post("/size")
def size_flask() -> str:
    return str(len(flask_request.get_data()))


def show_django(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{reverse('show')} {request.path}")


urlpatterns = [django_path("", show_django), django_path("show", show_django, name="show")]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="of a test")
django.setup()


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Has no lifespan, and says so as the ASGI specification has it."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{scope['root_path']}/show {scope['path']}".encode()})


inner = Quart("inner")


@inner.get("/<path:path>")
async def show_inner(path: str) -> str:
    return f"inner {quart_request.path}"


@inner.before_serving
async def start_inner() -> None:
    mark("inner started")


@inner.after_serving
async def stop_inner() -> None:
    mark("inner stopped")


def chat(name: str, server: Any) -> Any:
    """A Socket.IO server that says its name to whoever asks."""
    server.on("who", lambda sid: name)
    return server


engine: Any = engineio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])


@engine.on("message")  # type: ignore[untyped-decorator]  # engineio ships no types
async def answer(sid: str, data: str) -> None:
    await engine.send(sid, f"engine {data}")


nested = CompositeApp(chat("nested", SocketServer()), bare, guests={"/deeper": bare})

app = CompositeApp(
    chat("main", SocketServer()),
    inner,
    guests={
        "/bare": bare,
        "/starlette": starlette,
        "/fastapi": fastapi,
        "/quart": quart,
        "/flask": wsgi_guest(flask, max_body_size=100_000),
        "/django": ASGIHandler(),
        "/django/wsgi": wsgi_guest(WSGIHandler()),
        "/nested": nested,
    },
    servers={
        "/notifications": chat("notifications", socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])),
        "/engine.io": engine,
    },
    middleware=[RequestIdMiddleware],
    drain=Drain(grace=0.5),
)
