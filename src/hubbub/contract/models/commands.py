"""What the commands of the socket transports take, where it is not what REST takes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hubbub.contract import limits
from hubbub.contract.fields import WHOLE, Body, ClientId, Cursor, Emoji, Id, Token
from hubbub.contract.models.base import Request


class ConnectAuth(BaseModel):
    """The `auth` of a Socket.IO connect; both are optional when the session cookie is there."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    token: Token | None = None
    cursor: Cursor | None = None


class PostMessageCommand(Request):
    room_id: Id
    body: Body
    client_id: ClientId
    reply_to: Id | None = None
    attachments: Annotated[list[Id], Field(max_length=limits.ATTACHMENTS)] = Field(default_factory=list)


class EditMessageCommand(Request):
    message_id: Id
    body: Body


class MessageCommand(Request):
    message_id: Id


class ReactionCommand(Request):
    message_id: Id
    emoji: Emoji


class RoomCommand(Request):
    room_id: Id


class MarkReadCommand(Request):
    room_id: Id
    message_id: Id


class SetTypingCommand(Request):
    room_id: Id
    typing: bool


class RefreshAuthCommand(Request):
    """Go on under the session of this token, which is of the same person."""

    token: Token


class GetChangesCommand(Request):
    since: Cursor
    limit: Annotated[int, Field(ge=1, le=limits.CHANGES_PAGE), WHOLE] = limits.CHANGES_PAGE_DEFAULT


class CommandFrame(Request):
    """A command; `data` is checked by the command that `type` names."""

    id: Annotated[int, Field(ge=0, le=limits.COMMAND_ID), WHOLE]
    type: Annotated[str, Field(min_length=1, max_length=limits.COMMAND_TYPE_CHARS)]
    data: Any = None


class AuthenticateCommand(Request):
    """The first command of a native WebSocket that brought no cookie; later it is `refresh_auth`, without a cursor."""

    token: Token
    cursor: Cursor | None = None
