"""The objects that go in and come out, as `docs/` and the OpenAPI document show them.

What comes in is strict: an unknown field or a wrong type is an error.  Ids are strings, times are RFC 3339 in UTC.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hubbub.contract import limits
from hubbub.contract.errors import ErrorCode
from hubbub.contract.fields import (
    WHOLE,
    Body,
    ClientId,
    Cursor,
    DisplayName,
    Emoji,
    GivenPassword,
    GivenUsername,
    Id,
    Password,
    RoomName,
    Token,
    Topic,
    Username,
)
from hubbub.contract.times import Time


class Request(BaseModel):
    """What somebody sends."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """What the server says."""

    model_config = ConfigDict(frozen=True)


# --- accounts and sessions ---


class RegisterUser(Request):
    username: Username
    password: Password
    display_name: DisplayName | None = None
    invite: Token | None = None


class SignIn(Request):
    username: GivenUsername
    password: GivenPassword


class ChangeMe(Request):
    display_name: DisplayName | None = None


class CreateInvite(Request):
    max_uses: Annotated[int, Field(ge=1, le=limits.INVITE_USES), WHOLE] = 1


class Invite(Answer):
    """`code` is what `POST /users` takes as `invite`: whoever holds it can make an account, `max_uses` in all."""

    id: str
    code: str
    max_uses: int
    created_at: Time
    expires_at: Time


class User(Answer):
    id: str
    username: str
    display_name: str
    role: Literal["owner", "member"]
    created_at: Time


class SignedIn(Answer):
    user: User
    token: str
    expires_at: Time


class Session(Answer):
    """A device that is signed in; `current` marks the one that asks."""

    id: str
    created_at: Time
    last_used_at: Time
    expires_at: Time
    user_agent: str
    current: bool


class Sessions(Answer):
    sessions: list[Session]


class Users(Answer):
    """`after` is the cursor of the next page, and null on the last."""

    users: list[User]
    after: str | None


# --- rooms ---

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


class ServerInfo(Answer):
    """What the page asks before anybody has signed in; `first_account`: the next account will own the server."""

    registration: Literal["invite", "open", "closed"]
    first_account: bool


# --- messages ---


class PostMessage(Request):
    body: Body
    client_id: ClientId | None = None
    reply_to: Id | None = None
    attachments: Annotated[list[Id], Field(max_length=limits.ATTACHMENTS)] = []


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


# --- the log ---

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


# --- Socket.IO commands ---


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
    attachments: Annotated[list[Id], Field(max_length=limits.ATTACHMENTS)] = []


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


# --- events beside the log ---


class ReadyLimits(Answer):
    """What the connection may do; characters are Unicode code points."""

    body_chars: int
    commands_in_flight: int
    frame_bytes: int


class Ready(Answer):
    """`online` is who is here now, oneself included; `cursor` is where the log stands after what was just sent."""

    user: User
    cursor: str
    resumed: bool
    limits: ReadyLimits
    online: list[str]


class PresenceChanged(Answer):
    user_id: str
    status: Literal["online", "offline"]


class TypingChanged(Answer):
    room_id: str
    user_id: str
    typing: bool


class Resync(Answer):
    """Changes were left out: fetch those between your own cursor and this one, then go on from here."""

    reason: Literal["overflow", "cursor_gone"]
    cursor: str


class AuthExpiring(Answer):
    """The session ends then, and the connection with it, unless `refresh_auth` brings another or a later end."""

    expires_at: Time


class ServerRestarting(Answer):
    retry_after_ms: int


class StreamEvent(Answer):
    """One event: `id` is its cursor, `event` its name, `data` the JSON of a `Change`, or of what the name says."""

    id: str
    event: str
    data: str


# --- native WebSocket ---


class CommandFrame(Request):
    """A command; `data` is checked by the command that `type` names."""

    id: Annotated[int, Field(ge=0, le=limits.COMMAND_ID), WHOLE]
    type: Annotated[str, Field(min_length=1, max_length=limits.COMMAND_TYPE_CHARS)]
    data: Any = None


class AuthenticateCommand(Request):
    """The first command of a native WebSocket that brought no cookie; later it is `refresh_auth`, without a cursor."""

    token: Token
    cursor: Cursor | None = None


class Authenticated(Answer):
    """Until when the session of the connection lasts."""

    expires_at: Time


# --- errors ---


class ProblemField(Answer):
    path: str
    message: str


class Problem(Answer):
    """RFC 9457, with our `code`; `retry_after` is in seconds."""

    type: str
    title: str
    status: int
    code: ErrorCode
    detail: str
    errors: list[ProblemField]
    request_id: str
    retry_after: float | None = None
