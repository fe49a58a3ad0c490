"""Everything that people wrote, as a stream of JSON Lines that a host may take away; `docs/export.md` is its format.

No password, session, invite or idempotency key is in it, and nothing that was deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO, Protocol, TypeVar

from pydantic import BaseModel

from hubbub.contract.models import Member, Message, Room
from hubbub.domain.clock import timestamp
from hubbub.domain.cursors import encode_cursor
from hubbub.service.chat import Chat
from hubbub.store.connection import Connection
from hubbub.store.log import select_head, select_versions
from hubbub.store.members import select_members
from hubbub.store.messages import StoredMessage, select_messages_after
from hubbub.store.rooms import select_rooms
from hubbub.store.users import select_users

VERSION = 1  # of the format; a new one may add types and fields, and change no meaning
PAGE = 500  # rows in memory at once: a few MiB, were each message as long as it may be

T = TypeVar("T")


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_HasId)


@dataclass
class Counts:
    """How many lines of each kind there are; the last line holds them, so that a stream that was cut off shows."""

    users: int = 0
    rooms: int = 0
    members: int = 0
    messages: int = 0


async def export_chat(chat: Chat, out: BinaryIO) -> Counts:
    """Write all of it, as it is in one snapshot, a page at a time; the server goes on meanwhile.

    Raises:
        OSError: `out` cannot be written.
    """
    begin = {"version": VERSION, "made_at": timestamp(chat.clock.now())}

    def work(connection: Connection) -> Counts:
        counts = Counts()
        begin["cursor"] = encode_cursor(chat.store.epoch, select_head(connection))
        _write(out, "export", begin)
        for user in _pages(lambda after: select_users(connection, after, PAGE)):
            _write(out, "user", user)
            counts.users += 1
        for room in _pages(lambda after: select_rooms(connection, after, PAGE)):
            _write(out, "room", room)
            counts.rooms += 1
            _write_room(connection, out, room, counts)
        _write(out, "end", asdict(counts))
        out.flush()
        return counts

    return await chat.store.read(work)


def _write_room(connection: Connection, out: BinaryIO, room: Room, counts: Counts) -> None:
    for member in _members(connection, room.id):
        _write(out, "member", member)
        counts.members += 1
    for stored in _messages(connection, room.id):
        edits = _edits(connection, stored.message)
        _write(out, "message", stored.message.model_dump(mode="json") | {"edits": edits})
        counts.messages += 1


def _edits(connection: Connection, message: Message) -> list[dict[str, str]]:
    """What its author had written before, oldest first."""
    if message.edited_at is None or message.deleted_at is not None:
        return []
    *earlier, _ = select_versions(connection, message.id)
    return [{"body": json.loads(data)["body"], "written_at": at} for at, data in earlier]


def _pages(select: Callable[[str | None], list[R]]) -> Iterator[R]:
    after: str | None = None
    while page := select(after):
        yield from page
        after = page[-1].id


def _members(connection: Connection, room_id: str) -> Iterator[Member]:
    after: str | None = None
    while page := select_members(connection, room_id, after, PAGE):
        yield from page
        after = page[-1].user_id


def _messages(connection: Connection, room_id: str) -> Iterator[StoredMessage]:
    after: int | None = None
    while page := select_messages_after(connection, room_id, after, PAGE):
        yield from page
        after = page[-1].room_seq


def _write(out: BinaryIO, type: str, data: BaseModel | dict[str, object] | dict[str, int]) -> None:
    plain = data.model_dump(mode="json") if isinstance(data, BaseModel) else data
    out.write(json.dumps({"type": type, "data": plain}, ensure_ascii=False).encode() + b"\n")
