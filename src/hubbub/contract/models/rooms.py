"""Rooms, who is in them, and how far they have read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hubbub.contract import limits
from hubbub.contract.fields import Id, RoomName, Topic
from hubbub.contract.models.base import Answer, Request
from hubbub.contract.times import Time

Visibility = Literal["public", "private"]
RoomRole = Literal["owner", "member"]


class CreateRoom(Request):
    name: RoomName
    topic: Topic = ""
    visibility: Visibility


class ChangeRoom(Request):
    name: RoomName | None = None
    topic: Topic | None = None
    visibility: Visibility | None = None


class OpenDirectRoom(Request):
    user_ids: Annotated[list[Id], Field(min_length=1, max_length=limits.DIRECT_ROOM_USERS)]


class Room(Answer):
    """What every member sees alike; `direct` marks a room of direct messages, whose name is empty."""

    id: str
    name: str
    topic: str
    visibility: Visibility
    direct: bool
    member_count: int
    created_at: Time
    deleted_at: Time | None


class Membership(Answer):
    """The asking user's own place in a room."""

    role: RoomRole
    joined_at: Time
    read_message_id: str | None
    unread_count: int


class RoomForMe(Room):
    """A room and the asking user's place in it; `membership` is null for a public room they have not joined."""

    membership: Membership | None
    last_message_at: Time | None
    # Of a direct room: who is in it, since it has no name.
    user_ids: list[str]


class Rooms(Answer):
    rooms: list[RoomForMe]
    after: str | None


class Member(Answer):
    room_id: str
    user_id: str
    role: RoomRole
    joined_at: Time
    read_message_id: str | None


class Members(Answer):
    members: list[Member]
    after: str | None


class ReadMark(Answer):
    """How far somebody has read; `unread_count` is how many messages of the room came after it."""

    room_id: str
    user_id: str
    message_id: str
    unread_count: int
