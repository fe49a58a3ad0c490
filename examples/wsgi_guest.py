"""A WSGI application under a prefix, beside Socket.IO (seeds 3.2).

    hypercorn examples.wsgi_guest:app --bind 127.0.0.1:8000

It runs in threads, so that it may block, and finds its prefix in `SCRIPT_NAME` as under any WSGI server. WSGI has no
WebSocket: those belong beside it. `curl 127.0.0.1:8000/old/ada`
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from wsgiref.types import StartResponse, WSGIEnvironment

from hubbub.composite import CompositeApp, Drain, SocketServer, wsgi_guest

sockets = SocketServer()


def old_site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Type", "text/plain")])
        return [b"This can only be read.\n"]
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    name = escape(environ["PATH_INFO"].strip("/") or "world")
    return [f'<h1>Hello, {name}</h1><a href="{environ["SCRIPT_NAME"]}/">Home</a>\n'.encode()]


@sockets.on("ping")
async def ping(_sid: str) -> str:
    return "pong"


app = CompositeApp(sockets, guests={"/old": wsgi_guest(old_site)}, drain=Drain())
