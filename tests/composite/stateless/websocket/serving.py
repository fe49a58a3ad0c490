"""A `WebSocketServer` that runs for the length of a block, and clients of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import connect

from hubbub.composite.stateless.websocket import WebSocketServer
from tests.support.deadline import DEADLINE


@asynccontextmanager
async def serving(application: Any, max_applications: int = 100) -> AsyncIterator[WebSocketServer]:
    server = WebSocketServer(application, port=0, max_applications=max_applications)
    running = asyncio.create_task(server.arun())
    try:
        await asyncio.wait_for(server.listening.wait(), DEADLINE)
        yield server
    finally:
        running.cancel()
        await asyncio.wait({running})


def client(server: WebSocketServer, path: str = "/", **options: Any) -> connect:
    return connect("ws://{}:{}{}".format(*server.address, path), **options)
