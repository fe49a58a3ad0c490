"""Accounts, sessions and invites."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hubbub.contract import limits
from hubbub.contract.fields import WHOLE, DisplayName, GivenPassword, GivenUsername, Password, Token, Username
from hubbub.contract.models.base import Answer, Request
from hubbub.contract.times import Time


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


class ServerInfo(Answer):
    """What the page asks before anybody has signed in; `first_account`: the next account will own the server."""

    registration: Literal["invite", "open", "closed"]
    first_account: bool
