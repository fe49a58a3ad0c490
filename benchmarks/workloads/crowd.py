"""A room full of connections, which the workloads with sockets begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load.chat import Room, open_room
from benchmarks.load.heard import Audience
from benchmarks.load.posting import Posting
from benchmarks.load.socket import AT_ONCE, Client, connect_all
from benchmarks.running import Running


@dataclass(frozen=True)
class Crowd:
    """Connections, shared out over the people of a room as devices are."""

    room: Room
    audience: Audience
    clients: list[Client] = field(default_factory=list)

    async def join(self, count: int, cursor: str = "", *, at_once: int = AT_ONCE) -> None:
        """So many connections more."""
        self.clients.extend(await connect_all(self.room, self.audience, count, cursor, at_once=at_once))

    async def post(self, talking: Sequence[Client], count: int, in_flight: int = 1) -> Posting:
        """Post, and wait until everybody has heard it."""
        self.audience.expect(count)
        posting = Posting(self.room, talking, count, in_flight)
        await posting.run()
        await self.audience.complete()
        return posting

    def check(self, posted: list[dict[str, Any]]) -> None:
        """All of it was heard by everybody, once and in order, and is in the database.

        Raises:
            AssertionError: it is not so.
        """
        self.audience.check(posted)
        self.room.server.check_committed((each["id"], each["body"]) for each in posted)


@asynccontextmanager
async def crowd(server: Running, people: int, connections: int = 0) -> AsyncIterator[Crowd]:
    """So many accounts in a room, and so many connections of theirs, closed in the end."""
    async with open_room(server, people) as room:
        gathered = Crowd(room, Audience())
        try:
            await gathered.join(connections)
            yield gathered
        finally:
            for client in gathered.clients:
                client.close()
