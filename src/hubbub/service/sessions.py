"""Sessions: signing in and out, and the one function that says whose a token is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import RegisterUser, Session, Sessions, SignedIn, SignIn, User
from hubbub.domain.ids import fingerprint, hash_token, repeated_token
from hubbub.domain.names import username_key
from hubbub.service.chat import Actor, Chat, SessionEnded, SessionProlonged, new_token
from hubbub.service.repeats import check_same_request
from hubbub.store.answers import insert_answer, select_answer
from hubbub.store.connection import Connection
from hubbub.store.sessions import (
    delete_oldest_sessions,
    delete_session,
    insert_session,
    select_roles,
    select_session_by_token_hash,
    select_sessions,
    touch_session,
)
from hubbub.store.transaction import Transaction
from hubbub.store.users import select_user_by_key

LIFETIME = timedelta(days=30)  # since it was last used
TOUCH_EVERY = timedelta(hours=1)  # how exact `last_used_at` is; each touch is a write
USER_AGENT_CHARS = 200
SESSIONS_PER_USER = 1_000  # more devices than anybody has; the ones longest unused go first


@dataclass(frozen=True)
class NewSession:
    """A session about to be opened."""

    id: str
    token: str
    user_agent: str

    @classmethod
    def make(cls, chat: Chat, password: str, password_hash: str, user_agent: str, key: str | None) -> NewSession:
        """Under an idempotency key the token is one that a repeat can be given again."""
        token = new_token() if key is None else repeated_token(password_hash, password, key)
        return cls(chat.new_id(), token, user_agent[:USER_AGENT_CHARS])


async def sign_in(chat: Chat, request: SignIn, *, user_agent: str, key: str | None) -> SignedIn:
    """Open a session.

    Raises:
        HubbubError: `unauthenticated`, the same for a wrong name and a wrong password.
    """
    name_key = username_key(request.username)
    scope = f"sign_in:{name_key}"
    earlier = await first_answer(chat, scope, key, request, name_key)
    if earlier is not None:
        return earlier
    found = await chat.store.read(lambda connection: select_user_by_key(connection, name_key))
    password_hash = found[1] if found else None
    if not await chat.passwords.verify(password_hash, request.password) or found is None:
        raise HubbubError(ErrorCode.UNAUTHENTICATED, "The username or the password is wrong.")
    user = found[0]
    session = NewSession.make(chat, request.password, found[1], user_agent, key)

    def work(transaction: Transaction) -> SignedIn | None:
        if key is not None and select_answer(transaction.connection, scope, key) is not None:
            return None
        answer = open_session(transaction, user, session)
        remember_answer(transaction, scope, key, request, answer)
        return answer

    answer = await chat.store.write(work) or await first_answer(chat, scope, key, request, name_key)
    assert answer is not None  # noqa: S101 — the answer was there when `work` saw it, and answers stay
    return answer


async def issue_token(chat: Chat, username: str, user_agent: str) -> SignedIn:
    """A session for whoever runs the server to hand out, without a password.

    Raises:
        HubbubError: `not_found` for a name that nobody has.
    """
    session = NewSession(chat.new_id(), new_token(), user_agent[:USER_AGENT_CHARS])

    def work(transaction: Transaction) -> SignedIn:
        found = select_user_by_key(transaction.connection, username_key(username))
        if found is None:
            raise _nobody(username)
        return open_session(transaction, found[0], session)

    return await chat.store.write(work)


async def act_for(chat: Chat, username: str) -> Actor:
    """An account that whoever runs the server has named, such as the one that syslog posts as; it needs no session.

    Raises:
        HubbubError: `not_found` for a name that nobody has.
    """
    found = await chat.store.read(lambda connection: select_user_by_key(connection, username_key(username)))
    if found is None:
        raise _nobody(username)
    return Actor(found[0], session_id="", expires_at=datetime.max.replace(tzinfo=UTC))


async def authenticate(chat: Chat, token: str | None) -> Actor:
    """Whose token it is: the one authentication function of every transport.

    Raises:
        HubbubError: `unauthenticated` when there is no token, or it is of no session that lives.
    """
    if not token:
        raise HubbubError(ErrorCode.UNAUTHENTICATED, "Sign in first: send a bearer token or the session cookie.")
    token_hash = hash_token(token)
    row = await chat.known_sessions.get(
        token_hash,
        lambda: chat.store.read(lambda connection: select_session_by_token_hash(connection, token_hash)),
    )
    now = chat.clock.now()
    if row is None or row.expires_at <= now:
        chat.recent_actors.forget(token_hash)
        raise HubbubError(ErrorCode.UNAUTHENTICATED, "This session has ended. Sign in again.")
    if now - row.last_used_at < TOUCH_EVERY:
        chat.recent_actors.put(token_hash, Actor(row.user, row.id, row.expires_at, recalled=True))
        return Actor(row.user, row.id, row.expires_at)
    expires_at = now + LIFETIME

    def touch(transaction: Transaction) -> None:
        if touch_session(transaction.connection, row.id, last_used_at=now, expires_at=expires_at):
            transaction.announce(SessionProlonged(row.user.id, row.id, expires_at))

    await chat.store.write(touch)
    return Actor(row.user, row.id, expires_at)


class StaleActor(Exception):
    """A recalled actor is not what it was; `authenticate` says what it is."""


def recall(chat: Chat, token: str | None) -> Actor | None:
    """Whose token it was when it was last looked up here, without a look at the store, for `are_current`."""
    actor = chat.recent_actors.get(hash_token(token)) if token else None
    return actor if actor is not None and is_fresh(chat, actor) else None


def are_current(connection: Connection, actors: Sequence[Actor]) -> list[bool]:
    """Of each whether a recalled one still has its session and its role; no session ends earlier than it said."""
    recalled = list(dict.fromkeys(actor.session_id for actor in actors if actor.recalled))
    roles = select_roles(connection, recalled) if recalled else {}
    return [not actor.recalled or roles.get(actor.session_id) == actor.user.role for actor in actors]


def is_fresh(chat: Chat, actor: Actor) -> bool:
    """Whether `authenticate` would give this actor again and write nothing, in the edition in which it gave it."""
    return actor.expires_at - chat.clock.now() > LIFETIME - TOUCH_EVERY


async def list_sessions(chat: Chat, actor: Actor) -> Sessions:
    """The actor's devices, the one asking marked; a session that has ended is none."""
    rows = await chat.store.read(lambda connection: select_sessions(connection, actor.user.id))
    now = chat.clock.now()
    return Sessions(
        sessions=[
            Session(
                id=row.id,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                expires_at=row.expires_at,
                user_agent=row.user_agent,
                current=row.id == actor.session_id,
            )
            for row in rows
            if row.expires_at > now
        ]
    )


async def end_session(chat: Chat, actor: Actor, session_id: str) -> None:
    """Sign a device out: its token is worth nothing from the commit on, and its sockets close.

    Raises:
        HubbubError: `not_found` when the actor has no such session.
    """

    def work(transaction: Transaction) -> None:
        if not delete_session(transaction.connection, actor.user.id, session_id):
            raise HubbubError(ErrorCode.NOT_FOUND, "You have no such session. It may have ended already.")
        transaction.announce(SessionEnded(actor.user.id, frozenset({session_id})))

    await chat.store.write(work)


def open_session(transaction: Transaction, user: User, session: NewSession) -> SignedIn:
    """Write the session; the token itself is not written anywhere."""
    expires_at = transaction.now + LIFETIME
    insert_session(
        transaction.connection,
        session_id=session.id,
        user_id=user.id,
        token_hash=hash_token(session.token),
        now=transaction.now,
        expires_at=expires_at,
        user_agent=session.user_agent,
    )
    ended = delete_oldest_sessions(transaction.connection, user.id, keep=SESSIONS_PER_USER)
    if ended:
        transaction.announce(SessionEnded(user.id, frozenset(ended)))
    return SignedIn(user=user, token=session.token, expires_at=expires_at)


class _Remembered(BaseModel):
    """What is stored of a sign-in's answer: all but the token."""

    user: User
    expires_at: datetime


def remember_answer(
    transaction: Transaction, scope: str, key: str | None, request: BaseModel, answer: SignedIn
) -> None:
    """Write down the answer for a repeat, without the token."""
    if key is None:
        return
    insert_answer(
        transaction.connection,
        scope=scope,
        key=key,
        fingerprint=_fingerprint(request),
        answer=_Remembered(user=answer.user, expires_at=answer.expires_at).model_dump_json(),
        now=transaction.now,
    )


async def first_answer(
    chat: Chat, scope: str, key: str | None, request: RegisterUser | SignIn, name_key: str
) -> SignedIn | None:
    """The answer given earlier under this key, to whoever knows the password; None when there was none.

    Raises:
        HubbubError: `conflict` for another request under the key, `unauthenticated` for a wrong password.
    """
    if key is None:
        return None
    earlier, found = await chat.store.read(
        lambda connection: (select_answer(connection, scope, key), select_user_by_key(connection, name_key))
    )
    if earlier is None or found is None:
        return None
    check_same_request(earlier.fingerprint, _fingerprint(request))
    if not await chat.passwords.verify(found[1], request.password):
        raise HubbubError(ErrorCode.UNAUTHENTICATED, "The username or the password is wrong.")
    remembered = _Remembered.model_validate_json(earlier.answer)
    token = repeated_token(found[1], request.password, key)
    return SignedIn(user=remembered.user, token=token, expires_at=remembered.expires_at)


def _nobody(username: str) -> HubbubError:
    return HubbubError(ErrorCode.NOT_FOUND, f"Nobody here is called {username}. `hubbub user` makes an account.")


def _fingerprint(request: BaseModel) -> str:
    # A fast hash over a password would be worth guessing, so the password is compared by argon2 and left out here.
    return fingerprint(request.model_dump_json(exclude={"password"}))
