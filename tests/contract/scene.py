"""The keys of the objects that the contract names, and a room with people in it to see them in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.people import People, Person
from tests.support.server import ServerProcess

Keys = frozenset[str]

MESSAGE = frozenset(
    {
        "id",
        "room_id",
        "author_id",
        "body",
        "client_id",
        "reply_to",
        "attachments",
        "reactions",
        "created_at",
        "edited_at",
        "deleted_at",
    }
)
CHANGE = frozenset({"cursor", "type", "room_id", "actor_id", "at", "data"})
USER = frozenset({"id", "username", "display_name", "role", "created_at"})
SIGNED_IN = frozenset({"user", "token", "expires_at"})
ROOM = frozenset({"id", "name", "topic", "visibility", "direct", "member_count", "created_at", "deleted_at"})
ROOM_FOR_ME = ROOM | {"membership", "last_message_at", "user_ids"}
MEMBER = frozenset({"room_id", "user_id", "role", "joined_at", "read_message_id"})
READ_MARK = frozenset({"room_id", "user_id", "message_id", "unread_count"})
HISTORY = frozenset({"messages", "before", "after"})
FOUND = frozenset({"messages", "before"})
CHANGES = frozenset({"changes", "cursor", "more"})
NOTHING: Keys = frozenset()


@dataclass(frozen=True)
class Scene:
    """Ada's room, with Bob in it, and Ada's message in it; `start` is the cursor before the message."""

    server: ServerProcess
    people: People
    ada: Person
    bob: Person
    room: str
    message: str
    start: str


@asynccontextmanager
async def open_scene(server: ServerProcess) -> AsyncIterator[Scene]:
    """A new scene on a server that may hold others."""
    async with People(server) as people:
        ada, bob = await people.register(), await people.register()
        room = (await ada.create_room()).id
        await bob.join(room)
        start = str((await ada.request("GET", "/changes")).json()["cursor"])
        yield Scene(server, people, ada, bob, room, (await ada.post(room, "hello")).id, start)
