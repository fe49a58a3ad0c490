"""A server of the stateless base that runs for the length of a block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from hubbub.composite.stateless.http import HttpServer
from hubbub.composite.stateless.websocket import WebSocketServer
from tests.support.deadline import DEADLINE

Listening = TypeVar("Listening", HttpServer, WebSocketServer)


@asynccontextmanager
async def running(server: Listening) -> AsyncIterator[Listening]:
    """It listens from here on, and is cancelled at the end."""
    task = asyncio.create_task(server.arun())
    try:
        await asyncio.wait_for(server.listening.wait(), DEADLINE)
        yield server
    finally:
        task.cancel()
        await asyncio.wait({task})
