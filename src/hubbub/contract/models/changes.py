"""The log: what each of its rows says."""

from __future__ import annotations

from typing import Any, Literal

from hubbub.contract.models.base import Answer
from hubbub.contract.times import Time

ChangeType = Literal[
    "message_posted",
    "message_edited",
    "message_deleted",
    "reaction_added",
    "reaction_removed",
    "room_created",
    "room_changed",
    "room_deleted",
    "member_joined",
    "member_left",
    "member_changed",
    "read_marked",
    "user_changed",
]


class Change(Answer):
    """One row of the log; `data` is the object after the change, `room_id` is null where no room is concerned."""

    cursor: str
    type: ChangeType
    room_id: str | None
    actor_id: str | None
    at: Time
    data: dict[str, Any]


class Changes(Answer):
    """`cursor` is where to go on; `more` says that there is more at once."""

    changes: list[Change]
    cursor: str
    more: bool


class StreamEvent(Answer):
    """One event: `id` is its cursor, `event` its name, `data` the JSON of a `Change`, or of what the name says."""

    id: str
    event: str
    data: str
