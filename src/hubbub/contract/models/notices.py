"""What sockets and streams are told beside the log."""

from __future__ import annotations

from typing import Literal

from hubbub.contract.models.accounts import User
from hubbub.contract.models.base import Answer
from hubbub.contract.times import Time


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


class Authenticated(Answer):
    """Until when the session of the connection lasts."""

    expires_at: Time
