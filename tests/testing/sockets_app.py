"""A Socket.IO server for the tests of the kit's clients, with a namespace of each kind of handler."""

from __future__ import annotations

import asyncio
from typing import Any

from hubbub.composite.app import CompositeApp
from hubbub.composite.socket_server import ConnectRefused, SocketConnection, SocketLimits, SocketServer
from hubbub.testing.clock import ManualClock
from hubbub.testing.deadlines import DEADLINE

LIMITS = SocketLimits(attachments=4, repoll_seconds=5)


class Sockets:
    """`app` is the application."""

    def __init__(self, clock: ManualClock) -> None:
        self.server = SocketServer(LIMITS, later=clock.later)
        self.app = CompositeApp(self.server)
        self._left: asyncio.Queue[str] = asyncio.Queue()
        self.server.handle(connect=self.connect, event=self.event, disconnect=self.disconnect)
        self.server.on("ask", self.ask, namespace="/library")

    @property
    def connection(self) -> SocketConnection:
        """The one that there is in `/`."""
        (connection,) = self.server.connections
        return connection

    async def why_left(self) -> str:
        """The reason that the disconnect hook of `/` got, one after the other."""
        async with asyncio.timeout(DEADLINE):
            return await self._left.get()

    async def connect(self, connection: SocketConnection, auth: object) -> None:
        if auth == {"token": "wrong"}:
            raise ConnectRefused({"code": "unauthenticated", "detail": "Wrong token."})
        connection.emit("welcome", f'"{connection.transport}"')

    async def event(self, connection: SocketConnection, name: str, arguments: list[object]) -> object:
        match name:
            case "leave":
                connection.close("as asked", reconnect=False)
            case "say":
                connection.emit("said", f'"{arguments[0]}"')
            case "several":
                return (1, 2)
            case "echo":
                return arguments[0]
        return None

    async def disconnect(self, connection: SocketConnection, reason: str) -> None:
        self._left.put_nowait(reason)

    async def ask(self, sid: str, data: Any) -> None:
        """The library's way: ask the client something, and tell it what it said."""

        async def answered(*answer: Any) -> None:
            await self.server.emit("answered", [data, *answer], to=sid, namespace="/library")

        await self.server.emit("question", data, to=sid, namespace="/library", callback=answered)
