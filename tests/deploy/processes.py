"""Which process of several is behind a URL: the id of an Engine.IO session begins with that of who has it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect

from hubbub.composite.mesh.directory import ID_CHARS
from tests.support.ports import HOST


@asynccontextmanager
async def connected(url: str, source: str = HOST) -> AsyncIterator[str]:
    """A WebSocket from this address of the machine, for a block; the process that it leads to."""
    place = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    async with connect(place, local_addr=(source, 0), proxy=None) as websocket:
        opening = await websocket.recv()
        yield str(json.loads(opening[1:])["sid"])[:ID_CHARS]
