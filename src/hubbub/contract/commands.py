"""The commands of the socket transports, one row each: what they take and what they give.

The transports check what comes in by these rows, and the documents are made of them.  What a command does is not known
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import Any, Generic, TypeVar

from hubbub.contract.models import (
    AuthenticateCommand,
    Authenticated,
    Changes,
    CreateRoom,
    EditMessageCommand,
    GetChangesCommand,
    MarkReadCommand,
    Member,
    Message,
    MessageCommand,
    PostMessageCommand,
    ReactionCommand,
    ReadMark,
    RefreshAuthCommand,
    RoomCommand,
    RoomForMe,
    SetTypingCommand,
)
from hubbub.contract.models.base import Answer, Request

R = TypeVar("R", bound=Request)
A = TypeVar("A", bound=Answer | None)


@dataclass(frozen=True)
class Command(Generic[R, A]):
    """A command; `answer` is NoneType where the acknowledgement has nothing to say."""

    name: str
    request: type[R]
    answer: type[A]
    summary: str


POST_MESSAGE = Command(
    "post_message",
    PostMessageCommand,
    Message,
    "Post a message. Again under the same `client_id` it gives the message that is there.",
)
EDIT_MESSAGE = Command("edit_message", EditMessageCommand, Message, "Change what a message of your own says.")
DELETE_MESSAGE = Command("delete_message", MessageCommand, Message, "Delete a message; its tombstone stays.")
ADD_REACTION = Command("add_reaction", ReactionCommand, Message, "React to a message.")
REMOVE_REACTION = Command("remove_reaction", ReactionCommand, Message, "Take your reaction back.")
CREATE_ROOM = Command("create_room", CreateRoom, RoomForMe, "Make a room; you own it.")
JOIN_ROOM = Command("join_room", RoomCommand, Member, "Join a public room, and hear it from now on.")
LEAVE_ROOM = Command("leave_room", RoomCommand, NoneType, "Leave a room.")
MARK_READ = Command("mark_read", MarkReadCommand, ReadMark, "Say how far you have read.")
SET_TYPING = Command(
    "set_typing",
    SetTypingCommand,
    NoneType,
    "Say that you are typing; again every three seconds, since after six it ends by itself.",
)
GET_CHANGES = Command("get_changes", GetChangesCommand, Changes, "Read the log from a cursor, a page at a time.")
REFRESH_AUTH = Command(
    "refresh_auth", RefreshAuthCommand, Authenticated, "Go on under another session of yours, or a later end of it."
)

# {name: command}; of Socket.IO and of the native WebSocket alike.
COMMANDS: dict[str, Command[Any, Any]] = {
    command.name: command
    for command in (
        POST_MESSAGE,
        EDIT_MESSAGE,
        DELETE_MESSAGE,
        ADD_REACTION,
        REMOVE_REACTION,
        CREATE_ROOM,
        JOIN_ROOM,
        LEAVE_ROOM,
        MARK_READ,
        SET_TYPING,
        GET_CHANGES,
        REFRESH_AUTH,
    )
}

# Of the native WebSocket alone: Socket.IO has `auth` for it.
AUTHENTICATE = Command(
    "authenticate",
    AuthenticateCommand,
    Authenticated,
    "Say who you are, first of all, where no cookie and no header did.",
)
