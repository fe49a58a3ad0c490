"""A room with people in it, made over REST, whichever side it is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.load.http import Connection, request
from benchmarks.running import Running

_CREATED = 201
# As long as what people write: the median of a line of chat is some ten words.
TEXT = "this is about as long as a line that somebody writes in a chat"


@dataclass(frozen=True)
class Member:
    """Somebody in the room."""

    user_id: str
    token: str


@dataclass(frozen=True)
class Room:
    """A room at a server; the first of its members made it."""

    server: Running
    http: Connection
    id: str
    members: list[Member]

    @property
    def path(self) -> str:
        return f"/api/v1/rooms/{self.id}/messages"

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """What a request of the owner is answered, on a connection that nothing else uses."""
        return await _ask(self.http, method, path, self.members[0].token, body)

    async def post(self, body: str) -> dict[str, Any]:
        """Post over REST; the message."""
        message: dict[str, Any] = await self.ask("POST", self.path, {"body": body})
        return message


@asynccontextmanager
async def open_room(server: Running, people: int) -> AsyncIterator[Room]:
    """A public room of so many people."""
    http = await Connection.open(server)
    try:
        members = [await _register(http) for _ in range(people)]
        owner = members[0].token
        room = await _ask(http, "POST", "/api/v1/rooms", owner, {"name": "Bench", "visibility": "public"})
        for member in members[1:]:
            await _ask(http, "PUT", f"/api/v1/rooms/{room['id']}/members/me", member.token)
        yield Room(server, http, room["id"], members)
    finally:
        http.close()


async def _register(http: Connection) -> Member:
    account = {"username": f"u{time.time_ns()}", "password": "a long enough password"}
    made = await _ask(http, "POST", "/api/v1/users", None, account)
    return Member(made["user"]["id"], made["token"])


async def _ask(http: Connection, method: str, path: str, token: str | None, body: object = None) -> Any:
    response = await http.ask(request(method, path, token, body))
    assert response.status in (200, _CREATED, 204), f"{method} {path}: {response.status} {response.body!r}"
    return response.json() if response.body else None
