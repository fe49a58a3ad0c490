"""What the server says unasked, one row each: the changes of the log, and what travels beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hubbub.contract.models import (
    AuthExpiring,
    ChangeType,
    Member,
    Message,
    PresenceChanged,
    ReactedMessage,
    ReadMark,
    Ready,
    Resync,
    Room,
    ServerRestarting,
    TypingChanged,
    User,
)
from hubbub.contract.models.base import Answer


@dataclass(frozen=True)
class Event:
    """An event.  Of a change, `carries` is what the `data` of the `Change` is; else it is the payload itself."""

    carries: type[Answer]
    summary: str


# {type of the change, which is the event's name: event}; each is in the log, and replayed from a cursor.
CHANGES: Mapping[ChangeType, Event] = {
    "message_posted": Event(Message, "Somebody posted a message."),
    "message_edited": Event(Message, "A message says something else now."),
    "message_deleted": Event(Message, "A message was deleted; this is its tombstone."),
    "reaction_added": Event(ReactedMessage, "Somebody reacted to a message."),
    "reaction_removed": Event(ReactedMessage, "Somebody took a reaction back."),
    "room_created": Event(Room, "There is a new room."),
    "room_changed": Event(Room, "A room has another name, topic or visibility."),
    "room_deleted": Event(Room, "A room is gone, and its messages with it."),
    "member_joined": Event(Member, "Somebody came into a room."),
    "member_left": Event(Member, "Somebody left a room, or was removed."),
    "member_changed": Event(Member, "Somebody has another role in a room."),
    "read_marked": Event(ReadMark, "Somebody has read further."),
    "user_changed": Event(User, "An account is new, or shows another name."),
}

# {name: event}; none of these is in the log, so none is replayed.
NOTICES: Mapping[str, Event] = {
    "ready": Event(Ready, "You are connected, and have heard all that you missed."),
    "presence_changed": Event(PresenceChanged, "Somebody came or went."),
    "typing_changed": Event(TypingChanged, "Somebody else began to type, or stopped."),
    "resync": Event(Resync, "Changes were left out: fetch them with `get_changes`, or load everything anew."),
    "auth_expiring": Event(AuthExpiring, "Your session is about to end, and the connection with it."),
    "server_restarting": Event(ServerRestarting, "The connection is about to close: come back after this time."),
}

EVENTS: Mapping[str, Event] = {name: event for part in (CHANGES, NOTICES) for name, event in part.items()}
