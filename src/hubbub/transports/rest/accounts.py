"""Accounts, sessions and invites over REST."""

from __future__ import annotations

from quart import Blueprint, request

from hubbub.contract.errors import ErrorCode
from hubbub.contract.models import (
    ChangeMe,
    CreateInvite,
    Invite,
    RegisterUser,
    ServerInfo,
    Sessions,
    SignedIn,
    SignIn,
    User,
    Users,
)
from hubbub.service import accounts, sessions
from hubbub.service.chat import Actor, Chat
from hubbub.transports.backend import SIGN_INS
from hubbub.transports.credentials import SESSION_COOKIE
from hubbub.transports.rest.operation import Reply, operation, source
from hubbub.transports.rest.paging import ListPage

blueprint = Blueprint("accounts", __name__)

# The most that browsers keep one for. Use prolongs a session, and its end is the server's to decide.
COOKIE_SECONDS = 400 * 24 * 60 * 60


@operation(blueprint, "GET", "/server", answer=ServerInfo, guest=True)
async def get_server() -> ServerInfo:
    """What this server is to somebody without an account."""
    return await accounts.server_info(_chat())


@operation(
    blueprint,
    "POST",
    "/users",
    body=RegisterUser,
    answer=SignedIn,
    status=201,
    guest=True,
    rate=SIGN_INS,
    errors=(ErrorCode.CONFLICT, ErrorCode.UNAUTHENTICATED),
)
async def register_user(data: RegisterUser, key: str | None) -> Reply:
    """Make an account and sign it in.

    The first account owns the server; after it `invite` is needed unless registration is open.
    """
    return _signed_in(await accounts.register_user(_chat(), data, user_agent=_user_agent(), key=key))


@operation(blueprint, "GET", "/users", query=ListPage, answer=Users, kept=True)
async def list_users(actor: Actor, query_args: ListPage) -> Users:
    """Everybody on this server."""
    return await accounts.list_users(_chat(), after=query_args.after, limit=query_args.limit)


@operation(blueprint, "GET", "/users/me", answer=User, kept=True)
async def get_me(actor: Actor) -> User:
    """Your own account."""
    return actor.user


@operation(blueprint, "PATCH", "/users/me", body=ChangeMe, answer=User)
async def change_me(actor: Actor, data: ChangeMe) -> User:
    """Change how others see you; what is not given stays."""
    return await accounts.change_me(_chat(), actor, data)


@operation(blueprint, "GET", "/users/<user_id>", answer=User, errors=(ErrorCode.NOT_FOUND,), kept=True)
async def get_user(actor: Actor, user_id: str) -> User:
    """Somebody on this server."""
    return await accounts.get_user(_chat(), user_id)


@operation(
    blueprint,
    "POST",
    "/sessions",
    body=SignIn,
    answer=SignedIn,
    status=201,
    guest=True,
    rate=SIGN_INS,
    errors=(ErrorCode.UNAUTHENTICATED, ErrorCode.CONFLICT),
)
async def sign_in(data: SignIn, key: str | None) -> Reply:
    """Sign in: a token for programs, and a cookie for browsers."""
    return _signed_in(await sessions.sign_in(_chat(), data, user_agent=_user_agent(), key=key))


@operation(blueprint, "GET", "/sessions", answer=Sessions)
async def list_sessions(actor: Actor) -> Sessions:
    """The devices on which you are signed in."""
    return await sessions.list_sessions(_chat(), actor)


@operation(blueprint, "DELETE", "/sessions/current", status=204)
async def sign_out(actor: Actor) -> Reply:
    """Sign out here; what is connected by this session closes."""
    await sessions.end_session(_chat(), actor, actor.session_id)
    return Reply(None, {"Set-Cookie": _cookie("", max_age=0)})


@operation(blueprint, "DELETE", "/sessions/<session_id>", status=204, errors=(ErrorCode.NOT_FOUND,))
async def end_session(actor: Actor, session_id: str) -> None:
    """Sign another device out."""
    await sessions.end_session(_chat(), actor, session_id)


@operation(blueprint, "POST", "/invites", body=CreateInvite, answer=Invite, status=201, errors=(ErrorCode.CONFLICT,))
async def create_invite(actor: Actor, data: CreateInvite, key: str | None) -> Invite:
    """Make an invite code; only the owner of the server can."""
    return await accounts.create_invite(_chat(), actor, data, key=key)


def _chat() -> Chat:
    return source()().chat


def _user_agent() -> str:
    return request.headers.get("User-Agent", "")


def _signed_in(answer: SignedIn) -> Reply:
    return Reply(answer, {"Set-Cookie": _cookie(answer.token, max_age=COOKIE_SECONDS)})


def _cookie(token: str, *, max_age: int) -> str:
    secure = "; Secure" if request.scope["scheme"] == "https" else ""
    return f"{SESSION_COOKIE}={token}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Lax{secure}"
