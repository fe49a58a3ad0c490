"""A `WebSocketServer` that runs for the length of a block, and clients of it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from websockets.asyncio.client import connect

from hubbub.composite.stateless.websocket import WebSocketServer
from tests.composite.stateless.running import running


def serving(application: Any, max_applications: int = 100) -> AbstractAsyncContextManager[WebSocketServer]:
    """A server on a free port."""
    return running(WebSocketServer(application, port=0, max_applications=max_applications))


def client(server: WebSocketServer, path: str = "/", **options: Any) -> connect:
    return connect("ws://{}:{}{}".format(*server.address, path), **options)
