"""Small ASGI applications: what a test needs that looks at a server and not at what it serves."""

from __future__ import annotations

import json

from hubbub.composite.types import Receive, Scope, Send


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without looking at the body."""
    await answer(send, b"hello")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what came, as JSON."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    known = {name: scope[name] for name in ("http_version", "scheme", "method", "path", "client", "server")}
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    await answer(send, json.dumps({**known, "headers": headers, "size": size}).encode())


async def answer(send: Send, body: bytes, *, status: int = 200) -> None:
    """A whole answer."""
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


async def begin(send: Send, body: bytes = b"begun") -> None:
    """The beginning of an answer that goes on."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body, "more_body": True})
