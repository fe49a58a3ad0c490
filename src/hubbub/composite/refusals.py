"""Refusing a request whose body is still on its way; does not know why it is refused.

Under Hypercorn 0.18 a response that ends before the request body on HTTP/2 tears the whole connection down, with
every other stream on it. So the body is read first and thrown away, within bounds.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from hubbub.composite.body_reading import KIB, UNREAD, BodyLimits, read_body
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.scopes import Headers
from hubbub.composite.types import Receive, Scope, Send

# Small: whoever is refused is not worth much of the server's time.
REFUSED_BODY = BodyLimits(keep_bytes=0, discard_bytes=256 * KIB, seconds=2.0)


async def refuse(scope: Scope, receive: Receive, send: Send, problem: Problem, *, headers: Headers = ()) -> None:
    """Discard the body of a request, or take the connect event of a websocket, then send the problem."""
    added = [*headers, *await discard(scope, receive)]
    await send_problem(scope, send, problem, headers=added)


async def discard(scope: Scope, receive: Receive) -> list[tuple[bytes, bytes]]:
    """Read what the client sends before it listens; the headers that the reply needs in consequence."""
    if scope["type"] == "websocket":
        with suppress(TimeoutError):
            async with asyncio.timeout(REFUSED_BODY.seconds):
                await receive()  # `websocket.connect`, always the first event
        return []
    end, _ = await read_body(receive, REFUSED_BODY)
    return closing_headers(scope) if end in UNREAD else []


def closing_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Say that the connection ends, where the protocol has a word for it (RFC 9113, 8.2.2 forbids it)."""
    return [(b"connection", b"close")] if scope.get("http_version", "1.1").startswith("1") else []
