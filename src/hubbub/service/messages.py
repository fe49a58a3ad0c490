"""Messages: posted once however often they are sent, edited, deleted with a tombstone, read back by cursor."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hubbub.contract import limits
from hubbub.contract.errors import ErrorCode, FieldError, HubbubError
from hubbub.contract.models import EditMessage, History, Message, ReactedMessage
from hubbub.domain.changes import LoggedChange
from hubbub.domain.permissions import Action
from hubbub.service.chat import Actor, Chat
from hubbub.service.places import message_for, room_for, seq_in_room
from hubbub.service.posting import Post, Posting, post_all
from hubbub.store.connection import Connection
from hubbub.store.log import redact_message
from hubbub.store.messages import (
    StoredMessage,
    select_message,
    select_messages_after,
    select_messages_around,
    select_messages_before,
    update_body,
)
from hubbub.store.messages import (
    delete_message as erase_message,
)
from hubbub.store.reactions import count_emojis, delete_reaction, insert_reaction
from hubbub.store.rooms import select_last_seq
from hubbub.store.transaction import Transaction


async def post_message(chat: Chat, actor: Actor, room_id: str, request: Posting, *, key: str | None = None) -> Message:
    """Post once: `client_id`, or the idempotency key in its place, is unique for each author.

    Raises:
        HubbubError: `conflict` when the key was used for another message.
        StaleActor: the actor was recalled, and is not what it was.
    """
    posted = await begin_post(chat, actor, room_id, request, key=key)
    return Message.model_validate_json(posted.data)


def begin_post(
    chat: Chat, actor: Actor, room_id: str, request: Posting, *, key: str | None = None
) -> asyncio.Future[LoggedChange]:
    """Take a message's place in the order of all writes, and go on; as `post_message` otherwise.

    What comes of it is the `message_posted`, whose data is the message: the first one where it is a repeat.
    """
    post = Post(actor, room_id, request, _one_key(request.client_id, key))
    return chat.store.begin_in_group(post_all, post)


async def edit_message(chat: Chat, actor: Actor, message_id: str, request: EditMessage) -> Message:
    """Change the text; the same text makes no change in the log.

    Raises:
        HubbubError: `gone` when the message was deleted.
    """

    def work(transaction: Transaction) -> Message:
        message, _ = message_for(transaction.connection, actor, message_id, Action.EDIT_MESSAGE)
        _check_not_deleted(message)
        if message.body == request.body:
            return message
        edited = update_body(transaction.connection, message_id, actor.user.id, request.body, transaction.now)
        assert edited is not None  # noqa: S101 — `message_for` found it, in this transaction
        _log(transaction, "message_edited", actor, edited.message)
        return edited.message

    return await chat.store.write(work)


async def delete_message(chat: Chat, actor: Actor, message_id: str) -> Message:
    """Leave a tombstone; the text goes from the log as well."""

    def work(transaction: Transaction) -> Message:
        message, _ = message_for(transaction.connection, actor, message_id, Action.DELETE_MESSAGE)
        if message.deleted_at is not None:
            return message
        tombstone = erase_message(transaction.connection, message_id, transaction.now)
        assert tombstone is not None  # noqa: S101 — `message_for` found it, in this transaction
        redact_message(transaction.connection, message_id)
        _log(transaction, "message_deleted", actor, tombstone.message)
        return tombstone.message

    return await chat.store.write(work)


async def get_message(chat: Chat, actor: Actor, message_id: str) -> Message:
    """A message that the actor may see."""
    return await chat.store.read(lambda connection: message_for(connection, actor, message_id, Action.READ)[0])


async def add_reaction(chat: Chat, actor: Actor, message_id: str, emoji: str) -> Message:
    """React; twice is as good as once."""

    def work(transaction: Transaction) -> Message:
        connection = transaction.connection
        message, _ = message_for(connection, actor, message_id, Action.REACT)
        _check_not_deleted(message)
        if all(each.emoji != emoji for each in message.reactions):
            _check_room_for_emoji(connection, message_id)
        if not insert_reaction(connection, message_id, emoji, actor.user.id):
            return message
        return _log_reaction(transaction, "reaction_added", actor, message_id, emoji)

    return await chat.store.write(work)


async def remove_reaction(chat: Chat, actor: Actor, message_id: str, emoji: str) -> Message:
    """Take one's reaction back; without one nothing happens."""

    def work(transaction: Transaction) -> Message:
        message, _ = message_for(transaction.connection, actor, message_id, Action.REACT)
        if not delete_reaction(transaction.connection, message_id, emoji, actor.user.id):
            return message
        return _log_reaction(transaction, "reaction_removed", actor, message_id, emoji)

    return await chat.store.write(work)


@dataclass(frozen=True)
class HistoryPage:
    """Which part of a room's history; at most one of the three cursors is given, none means the newest."""

    before: str | None = None
    after: str | None = None
    around: str | None = None
    limit: int = limits.HISTORY_PAGE_DEFAULT


async def list_messages(chat: Chat, actor: Actor, room_id: str, page: HistoryPage) -> History:
    """A page of history, oldest first.

    Raises:
        HubbubError: `invalid_request` for more than one cursor, or one that is none of this room.
    """
    if sum(each is not None for each in (page.before, page.after, page.around)) > 1:
        raise HubbubError(ErrorCode.INVALID_REQUEST, "Give only one of before, after and around.")

    def work(connection: Connection) -> History:
        room_for(connection, actor, room_id, Action.READ)
        if page.after is not None:
            found = select_messages_after(connection, room_id, _seq(connection, room_id, page.after), page.limit + 1)
            return _history(found[: page.limit], older=True, newer=len(found) > page.limit)
        if page.around is not None:
            return _around(connection, room_id, page.around, page.limit)
        seq = None if page.before is None else _seq(connection, room_id, page.before)
        found = select_messages_before(connection, room_id, seq, page.limit + 1)
        return _history(
            found[-page.limit :],
            older=len(found) > page.limit,
            newer=page.before is not None,
        )

    return await chat.store.read(work)


def _around(connection: Connection, room_id: str, message_id: str, limit: int) -> History:
    seq = _seq(connection, room_id, message_id)
    found = select_messages_around(connection, room_id, seq, limit)
    older = found[0].room_seq > 1
    newer = found[-1].room_seq < (select_last_seq(connection, room_id) or 0)
    return _history(found, older=older, newer=newer)


def _history(found: list[StoredMessage], *, older: bool, newer: bool) -> History:
    messages = [each.message for each in found]
    return History(
        messages=messages,
        before=messages[0].id if messages and older else None,
        after=messages[-1].id if messages and newer else None,
    )


def _seq(connection: Connection, room_id: str, message_id: str) -> int:
    seq = seq_in_room(connection, room_id, message_id)
    if seq is None:
        raise HubbubError(
            ErrorCode.INVALID_REQUEST, "This is no place in the room's history. Pass a cursor as the server gave it."
        )
    return seq


def _one_key(client_id: str | None, key: str | None) -> str | None:
    if client_id is not None and key is not None and client_id != key:
        raise HubbubError(
            ErrorCode.INVALID_FIELDS,
            "client_id and Idempotency-Key are one key. Send one of them, or the same value in both.",
            errors=(FieldError("client_id", "differs from the Idempotency-Key header"),),
        )
    return client_id or key


def _check_not_deleted(message: Message) -> None:
    if message.deleted_at is not None:
        raise HubbubError(ErrorCode.GONE, "This message was deleted.")


def _check_room_for_emoji(connection: Connection, message_id: str) -> None:
    if count_emojis(connection, message_id) >= limits.REACTIONS_PER_MESSAGE:
        raise HubbubError(
            ErrorCode.CONFLICT,
            f"A message takes {limits.REACTIONS_PER_MESSAGE} different reactions, and this one has them.",
        )


def _log(transaction: Transaction, kind: str, actor: Actor, message: Message) -> None:
    transaction.append_change(
        kind,
        room_id=message.room_id,
        actor_id=actor.user.id,
        data=message.model_dump_json(),
        message_id=message.id,
    )


def _log_reaction(transaction: Transaction, kind: str, actor: Actor, message_id: str, emoji: str) -> Message:
    stored = select_message(transaction.connection, message_id)
    assert stored is not None  # noqa: S101 — `message_for` found it, in this transaction
    _log(transaction, kind, actor, ReactedMessage(**dict(stored.message), emoji=emoji))
    return stored.message
