"""Membership: joining, adding, leaving, removing, and how far somebody has read."""

from __future__ import annotations

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError
from hubbub.contract.models import MarkRead, Member, Members, ReadMark, RoomForMe, RoomRole
from hubbub.domain.permissions import Action
from hubbub.service.chat import Actor, Chat
from hubbub.service.places import room_for, seq_in_room
from hubbub.store.connection import Connection
from hubbub.store.members import (
    delete_member,
    insert_member,
    select_member,
    select_members,
    select_oldest_other_member,
    update_member_role,
    update_read_seq,
)
from hubbub.store.rooms import mark_room_deleted, select_room, select_room_for_user
from hubbub.store.spans import close_span, open_span
from hubbub.store.transaction import Transaction
from hubbub.store.users import select_user


async def add_member(chat: Chat, actor: Actor, room_id: str, user_id: str) -> Member:
    """Join a public room oneself, or bring somebody into a room one is in; twice is as good as once."""
    action = Action.JOIN if user_id == actor.user.id else Action.ADD_MEMBER

    def work(transaction: Transaction) -> Member:
        room_for(transaction.connection, actor, room_id, Action.READ)
        member = select_member(transaction.connection, room_id, user_id)
        if member is not None:
            return member
        room_for(transaction.connection, actor, room_id, action)
        if select_user(transaction.connection, user_id) is None:
            raise HubbubError(ErrorCode.NOT_FOUND, "There is no such person on this server.")
        return seat(transaction, actor, room_id, user_id, role="member")

    return await chat.store.write(work)


async def remove_member(chat: Chat, actor: Actor, room_id: str, user_id: str) -> None:
    """Leave a room, or remove somebody from it."""
    action = Action.LEAVE if user_id == actor.user.id else Action.REMOVE_MEMBER

    def work(transaction: Transaction) -> None:
        room_for(transaction.connection, actor, room_id, action)
        member = select_member(transaction.connection, room_id, user_id)
        if member is None:
            raise HubbubError(ErrorCode.NOT_FOUND, "This person is not in the room.")
        _unseat(transaction, actor, member)

    await chat.store.write(work)


async def list_members(chat: Chat, actor: Actor, room_id: str, *, after: str | None, limit: int) -> Members:
    """Who is in a room; `after` is the user id of the last one had."""

    def work(connection: Connection) -> list[Member]:
        room_for(connection, actor, room_id, Action.READ)
        return select_members(connection, room_id, after, limit + 1)

    members = await chat.store.read(work)
    return Members(members=members[:limit], after=members[limit - 1].user_id if len(members) > limit else None)


async def mark_read(chat: Chat, actor: Actor, room_id: str, request: MarkRead) -> ReadMark:
    """Move the actor's read mark forward to a message; backwards it does not go."""

    def work(transaction: Transaction) -> ReadMark:
        room_for(transaction.connection, actor, room_id, Action.MARK_READ)
        seq = seq_in_room(transaction.connection, room_id, request.message_id)
        if seq is None:
            raise HubbubError(
                ErrorCode.INVALID_FIELDS,
                "There is no such message in this room.",
                errors=(FieldError("message_id", "is no message of this room"),),
            )
        moved = update_read_seq(transaction.connection, room_id, actor.user.id, seq)
        room = select_room_for_user(transaction.connection, room_id, actor.user.id)
        mark = _read_mark(room, actor.user.id)
        if moved:
            transaction.append_change(
                "read_marked", room_id=room_id, actor_id=actor.user.id, data=mark.model_dump_json()
            )
        return mark

    return await chat.store.write(work)


def seat(
    transaction: Transaction,
    actor: Actor,
    room_id: str,
    user_id: str,
    *,
    role: RoomRole,
    span_from: int | None = None,
) -> Member:
    """Put somebody into a room; they hear it from this change on, or from `span_from`."""
    member = insert_member(transaction.connection, room_id=room_id, user_id=user_id, role=role, now=transaction.now)
    assert member is not None  # noqa: S101 — the callers saw, in this transaction, that they are not in it
    change = _log(transaction, "member_joined", actor, member)
    open_span(transaction.connection, room_id, user_id, from_id=span_from or change)
    return member


def _unseat(transaction: Transaction, actor: Actor, member: Member) -> None:
    """Take somebody out of a room; it keeps an owner as long as anybody is in it: whoever has been there longest."""
    connection = transaction.connection
    delete_member(connection, member.room_id, member.user_id)
    left = _log(transaction, "member_left", actor, member)
    close_span(connection, member.room_id, member.user_id, to_id=left)
    heir = select_oldest_other_member(connection, member.room_id, member.user_id)
    if heir is None:
        _close_if_private(transaction, actor, member.room_id)
    elif member.role == "owner":
        owner = update_member_role(connection, member.room_id, heir.user_id, "owner") or heir
        _log(transaction, "member_changed", actor, owner)


def _close_if_private(transaction: Transaction, actor: Actor, room_id: str) -> None:
    """A private room that nobody is in could never be found again."""
    room = select_room(transaction.connection, room_id)
    if room is None or room.visibility == "public":
        return
    deleted = mark_room_deleted(transaction.connection, room_id, transaction.now) or room
    transaction.append_change("room_deleted", room_id=room_id, actor_id=actor.user.id, data=deleted.model_dump_json())


def _log(transaction: Transaction, kind: str, actor: Actor, member: Member) -> int:
    return transaction.append_change(
        kind, room_id=member.room_id, actor_id=actor.user.id, data=member.model_dump_json()
    ).id


def _read_mark(room: RoomForMe | None, user_id: str) -> ReadMark:
    assert room is not None  # noqa: S101 — `room_for` found it, in this transaction
    assert room.membership is not None  # noqa: S101
    return ReadMark(
        room_id=room.id,
        user_id=user_id,
        message_id=room.membership.read_message_id or "",
        unread_count=room.membership.unread_count,
    )


async def check_may_type(chat: Chat, actor: Actor, room_id: str) -> None:
    """Let somebody be shown as typing only where they could post."""
    await chat.store.read(lambda connection: room_for(connection, actor, room_id, Action.TYPE))
