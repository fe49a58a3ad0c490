"""Messages and reactions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hubbub.contract import limits
from hubbub.contract.fields import Body, ClientId, Id
from hubbub.contract.models.base import Answer, Request
from hubbub.contract.times import Time


class PostMessage(Request):
    body: Body
    client_id: ClientId | None = None
    reply_to: Id | None = None
    attachments: Annotated[list[Id], Field(max_length=limits.ATTACHMENTS)] = Field(default_factory=list)


class EditMessage(Request):
    body: Body


class MarkRead(Request):
    message_id: Id


class Reaction(Answer):
    emoji: str
    user_ids: list[str]


class Message(Answer):
    """A deleted message keeps its place: `deleted_at` is set, `body` is empty, `reactions` and `attachments` too."""

    id: str
    room_id: str
    author_id: str
    body: str
    client_id: str | None
    reply_to: str | None
    attachments: list[str]
    reactions: list[Reaction]
    created_at: Time
    edited_at: Time | None
    deleted_at: Time | None


class ReactedMessage(Message):
    """The message after a reaction came or went, and which one it was."""

    emoji: str


class History(Answer):
    """Messages, oldest first; `before` and `after` are cursors to go on with, null where there is nothing more."""

    messages: list[Message]
    before: str | None
    after: str | None


class Found(Answer):
    """Messages, newest first; `before` is the cursor to look further back with, null where all has been looked at.

    A page may hold fewer than were asked for, or none, and still have more behind it.
    """

    messages: list[Message]
    before: str | None
