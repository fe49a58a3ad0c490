"""Accounts: who may make one, and what others see of it."""

from __future__ import annotations

from datetime import timedelta

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError
from hubbub.contract.models import (
    ChangeMe,
    CreateInvite,
    Invite,
    RegisterUser,
    ServerInfo,
    SignedIn,
    User,
    Users,
)
from hubbub.domain.ids import hash_token
from hubbub.domain.names import username_key
from hubbub.domain.permissions import Action, Standing, require
from hubbub.service.chat import Actor, Chat, new_token
from hubbub.service.repeats import answer_once
from hubbub.service.sessions import NewSession, first_answer, open_session, remember_answer
from hubbub.store.invites import insert_invite, use_invite
from hubbub.store.transaction import Transaction
from hubbub.store.users import (
    count_users,
    insert_user,
    select_user,
    select_user_by_key,
    select_users,
    update_display_name,
)

INVITE_LIFETIME = timedelta(days=7)  # long enough for a holiday, short enough for a forgotten link


async def server_info(chat: Chat) -> ServerInfo:
    """What somebody without an account may know."""
    users = await chat.store.read(count_users)
    return ServerInfo(registration=chat.registration, first_account=users == 0)


async def register_user(chat: Chat, request: RegisterUser, *, user_agent: str, key: str | None) -> SignedIn:
    """Make an account and sign it in; the first one owns the server.

    Raises:
        HubbubError: `conflict` for a name that is taken, `forbidden` where registration does not allow it.
    """
    name_key = username_key(request.username)
    scope = f"register:{name_key}"
    earlier = await first_answer(chat, scope, key, request, name_key)
    if earlier is not None:
        return earlier
    password_hash = await chat.passwords.hash(request.password)
    session = NewSession.make(chat, request.password, password_hash, user_agent, key)

    def work(transaction: Transaction) -> SignedIn | None:
        if select_user_by_key(transaction.connection, name_key) is not None:
            return None
        user = _admit(chat, transaction, request, name_key, password_hash)
        transaction.append_change("user_changed", room_id=None, actor_id=user.id, data=user.model_dump_json())
        answer = open_session(transaction, user, session)
        remember_answer(transaction, scope, key, request, answer)
        return answer

    answer = await chat.store.write(work) or await first_answer(chat, scope, key, request, name_key)
    if answer is None:
        raise HubbubError(
            ErrorCode.CONFLICT,
            "This username is taken. Choose another one.",
            errors=(FieldError("username", "is taken"),),
        )
    return answer


async def create_invite(chat: Chat, actor: Actor, request: CreateInvite, *, key: str | None) -> Invite:
    """A code for `max_uses` new accounts."""
    require(Action.INVITE, standings_of(actor))

    def work(transaction: Transaction) -> Invite:
        return answer_once(
            transaction,
            f"invite:{actor.user.id}",
            key,
            request,
            Invite,
            lambda: make_invite(chat, transaction, actor.user.id, request.max_uses),
        )

    return await chat.store.write(work)


def make_invite(chat: Chat, transaction: Transaction, created_by: str | None, max_uses: int) -> Invite:
    """Write a new invite; `created_by` is None for one made at the command line."""
    invite = Invite(
        id=chat.new_id(),
        code=new_token(),
        max_uses=max_uses,
        created_at=transaction.now,
        expires_at=transaction.now + INVITE_LIFETIME,
    )
    insert_invite(
        transaction.connection,
        invite_id=invite.id,
        code_hash=hash_token(invite.code),
        created_by=created_by,
        max_uses=invite.max_uses,
        now=transaction.now,
        expires_at=invite.expires_at,
    )
    return invite


async def get_user(chat: Chat, user_id: str) -> User:
    """Anybody with an account may see any other."""
    user = await chat.store.read(lambda connection: select_user(connection, user_id))
    if user is None:
        raise HubbubError(ErrorCode.NOT_FOUND, "There is no such person on this server.")
    return user


async def list_users(chat: Chat, *, after: str | None, limit: int) -> Users:
    """Everybody, a page at a time; `after` is the id of the last one had."""
    users = await chat.store.read(lambda connection: select_users(connection, after, limit + 1))
    return Users(users=users[:limit], after=users[limit - 1].id if len(users) > limit else None)


async def change_me(chat: Chat, actor: Actor, request: ChangeMe) -> User:
    """Set what is given; what is the same already makes no change in the log."""

    def work(transaction: Transaction) -> User:
        name = request.display_name
        user = select_user(transaction.connection, actor.user.id) or actor.user
        if name is None or name == user.display_name:
            return user
        changed = update_display_name(transaction.connection, user.id, name) or user
        transaction.append_change("user_changed", room_id=None, actor_id=user.id, data=changed.model_dump_json())
        return changed

    return await chat.store.write(work)


def standings_of(actor: Actor) -> frozenset[Standing]:
    """What somebody is to the server as a whole."""
    owner = {Standing.SERVER_OWNER} if actor.user.role == "owner" else set()
    return frozenset({Standing.ACCOUNT} | owner)


def _admit(chat: Chat, transaction: Transaction, request: RegisterUser, name_key: str, password_hash: str) -> User:
    first = count_users(transaction.connection) == 0
    if not first:
        _check_registration(chat, transaction, request)
    return insert_user(
        transaction.connection,
        user_id=chat.new_id(),
        username=request.username,
        username_key=name_key,
        display_name=request.display_name or request.username,
        role="owner" if first else "member",
        password_hash=password_hash,
        now=transaction.now,
    )


def _check_registration(chat: Chat, transaction: Transaction, request: RegisterUser) -> None:
    if chat.registration == "closed":
        raise HubbubError(ErrorCode.FORBIDDEN, "This server takes no new accounts.")
    if chat.registration == "open":
        return
    if request.invite is None:
        raise HubbubError(ErrorCode.FORBIDDEN, "This server is by invitation. Ask its owner for an invite link.")
    if not use_invite(transaction.connection, hash_token(request.invite), transaction.now):
        raise HubbubError(
            ErrorCode.FORBIDDEN,
            "This invite is used up, expired or none of ours. Ask the owner of the server for another.",
        )
