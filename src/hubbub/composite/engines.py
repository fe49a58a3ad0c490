"""Socket.IO and Engine.IO servers as the composite layer sees them: called, closed, shut down, each kind alike.

Knows no more of them than what is public: `handle_request`, `shutdown`, a Socket.IO server's `eio`, and an
Engine.IO server's `sockets`, or `close_all` where the server is ours.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Sequence
from typing import Any

from hubbub.composite.limits import CLOSE_SECONDS, HOOK_SECONDS
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)


def endpoint(server: Any) -> ASGIApp:
    """The server as an ASGI application for its own path."""

    def handle(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        handled: Awaitable[None] = server.handle_request(scope, receive, send)
        return handled

    return handle


async def close_sockets(servers: Sequence[Any]) -> None:
    """Close every Engine.IO connection of all servers at once: an open poll gets its answer, a websocket its end."""
    await asyncio.gather(*(_close_sockets(getattr(server, "eio", server)) for server in servers))


async def shut_down(servers: Sequence[Any]) -> None:
    """Call each server's `shutdown`, which ends its service task and nobody else calls, within `HOOK_SECONDS`."""
    shutdowns = [getattr(server, "shutdown", None) for server in servers]
    tasks = [asyncio.ensure_future(shutdown()) for shutdown in shutdowns if inspect.iscoroutinefunction(shutdown)]
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=HOOK_SECONDS)
    for task in late:
        task.cancel()
        logger.error("the shutdown of a socket server took longer than %g s and was given up", HOOK_SECONDS)
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the shutdown of a socket server failed: %r", error, exc_info=error)


async def _close_sockets(engine: Any) -> None:
    if hasattr(engine, "close_all"):  # ours
        await engine.close_all(CLOSE_SECONDS / 2)
        return
    sockets = list(getattr(engine, "sockets", {}).values())
    # `engine.disconnect` would wait until each client has fetched the packet, and some never will.
    await asyncio.gather(*(socket.close(wait=False) for socket in sockets), return_exceptions=True)
