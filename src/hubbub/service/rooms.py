"""Rooms: made, found, changed, deleted."""

from __future__ import annotations

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError
from hubbub.contract.models import ChangeRoom, CreateRoom, OpenDirectRoom, Room, RoomForMe, RoomRole, Rooms
from hubbub.domain.names import direct_key
from hubbub.domain.permissions import Action, require
from hubbub.service.accounts import standings_of
from hubbub.service.chat import Actor, Chat
from hubbub.service.memberships import seat
from hubbub.service.places import room_for, shared_part
from hubbub.service.repeats import answer_once
from hubbub.store.rooms import (
    insert_room,
    mark_room_deleted,
    select_direct_room,
    select_room_for_user,
    select_rooms_for_user,
    update_room,
)
from hubbub.store.spans import close_all_spans
from hubbub.store.transaction import Transaction
from hubbub.store.users import select_user


async def create_room(chat: Chat, actor: Actor, request: CreateRoom, *, key: str | None) -> RoomForMe:
    """A room with its creator as owner and first member."""
    require(Action.CREATE_ROOM, standings_of(actor))

    def make(transaction: Transaction) -> RoomForMe:
        room = insert_room(
            transaction.connection,
            room_id=chat.new_id(),
            name=request.name,
            topic=request.topic,
            visibility=request.visibility,
            direct_key=None,
            now=transaction.now,
        )
        return _found(transaction, actor, room, [actor.user.id])

    return await chat.store.write(
        lambda transaction: answer_once(
            transaction, f"room:{actor.user.id}", key, request, RoomForMe, lambda: make(transaction)
        )
    )


async def open_direct_room(chat: Chat, actor: Actor, request: OpenDirectRoom, *, key: str | None) -> RoomForMe:
    """The one room of exactly these people for direct messages, made when it is first asked for."""
    user_ids = frozenset(request.user_ids) | {actor.user.id}
    name = direct_key(user_ids)

    def find_or_make(transaction: Transaction) -> RoomForMe:
        existing = select_direct_room(transaction.connection, name)
        if existing is not None:
            return room_for(transaction.connection, actor, existing.id, Action.READ)
        _check_users(transaction, request.user_ids)
        room = insert_room(
            transaction.connection,
            room_id=chat.new_id(),
            name="",
            topic="",
            visibility="private",
            direct_key=name,
            now=transaction.now,
        )
        return _found(transaction, actor, room, [actor.user.id, *sorted(user_ids - {actor.user.id})])

    return await chat.store.write(
        lambda transaction: answer_once(
            transaction, f"direct:{actor.user.id}", key, request, RoomForMe, lambda: find_or_make(transaction)
        )
    )


async def get_room(chat: Chat, actor: Actor, room_id: str) -> RoomForMe:
    """A room that the actor may see."""
    return await chat.store.read(lambda connection: room_for(connection, actor, room_id, Action.READ))


async def list_rooms(chat: Chat, actor: Actor, *, after: str | None, limit: int) -> Rooms:
    """The actor's rooms and all public ones; `after` is the id of the last one had."""
    rooms = await chat.store.read(
        lambda connection: select_rooms_for_user(connection, actor.user.id, after, limit + 1)
    )
    return Rooms(rooms=rooms[:limit], after=rooms[limit - 1].id if len(rooms) > limit else None)


async def change_room(chat: Chat, actor: Actor, room_id: str, request: ChangeRoom) -> RoomForMe:
    """Set what is given; what is the same already makes no change in the log."""

    def work(transaction: Transaction) -> RoomForMe:
        room = room_for(transaction.connection, actor, room_id, Action.CHANGE_ROOM)
        given = request.model_dump(exclude_none=True)
        if all(getattr(room, name) == value for name, value in given.items()):
            return room
        changed = room.model_copy(update=given)
        update_room(
            transaction.connection, room_id, name=changed.name, topic=changed.topic, visibility=changed.visibility
        )
        _log(transaction, "room_changed", actor, shared_part(changed))
        return changed

    return await chat.store.write(work)


async def delete_room(chat: Chat, actor: Actor, room_id: str) -> None:
    """Take a room and its messages away from everybody."""

    def work(transaction: Transaction) -> None:
        room_for(transaction.connection, actor, room_id, Action.DELETE_ROOM)
        deleted = mark_room_deleted(transaction.connection, room_id, transaction.now)
        assert deleted is not None  # noqa: S101 — `room_for` found it, in this transaction
        close_all_spans(transaction.connection, room_id, to_id=_log(transaction, "room_deleted", actor, deleted))

    await chat.store.write(work)


def _found(transaction: Transaction, actor: Actor, room: Room, user_ids: list[str]) -> RoomForMe:
    """Log a new room and seat its people, the actor first, who hears of everything from its creation on."""
    created = _log(transaction, "room_created", actor, room)
    for user_id in user_ids:
        founder = user_id == actor.user.id
        role: RoomRole = "owner" if founder and not room.direct else "member"
        seat(transaction, actor, room.id, user_id, role=role, span_from=created if founder else None)
    found = select_room_for_user(transaction.connection, room.id, actor.user.id)
    assert found is not None  # noqa: S101 — it was written a moment ago, in this transaction
    return found


def _log(transaction: Transaction, kind: str, actor: Actor, room: Room) -> int:
    return transaction.append_change(kind, room_id=room.id, actor_id=actor.user.id, data=room.model_dump_json()).id


def _check_users(transaction: Transaction, user_ids: list[str]) -> None:
    unknown = [place for place, each in enumerate(user_ids) if select_user(transaction.connection, each) is None]
    if unknown:
        raise HubbubError(
            ErrorCode.INVALID_FIELDS,
            "Somebody in the list is not on this server.",
            errors=tuple(FieldError(f"user_ids.{place}", "is nobody on this server") for place in unknown),
        )
