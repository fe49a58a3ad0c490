"""Finding the room that a use case is about, as its actor stands in it, and letting the actor pass or not."""

from __future__ import annotations

from hubbub.contract.models import Message, Room, RoomForMe, RoomRole, Visibility
from hubbub.domain.permissions import Action, message_not_found, require, room_not_found, room_standings
from hubbub.service.chat import Actor
from hubbub.store.connection import Connection
from hubbub.store.messages import select_message
from hubbub.store.rooms import Place, select_places, select_room_for_user


def room_for(connection: Connection, actor: Actor, room_id: str, action: Action) -> RoomForMe:
    """The room, for somebody who may do this in it.

    Raises:
        HubbubError: `not_found` or `forbidden`, as `domain.permissions` says.
    """
    room = select_room_for_user(connection, room_id, actor.user.id)
    if room is None:
        raise room_not_found()
    _pass(actor, room.visibility, _role_in(room), action, direct=room.direct)
    return room


def check_room(connection: Connection, actor: Actor, room_id: str, action: Action) -> None:
    """Refuse what `room_for` would, for whoever has no use for the room itself.

    Raises:
        HubbubError: `not_found` or `forbidden`, as `domain.permissions` says.
    """
    key = room_id, actor.user.id
    check_place(actor, select_places(connection, [key]).get(key), action)


def check_place(actor: Actor, place: Place | None, action: Action) -> None:
    """As `check_room`, for a place that was looked up before.

    Raises:
        HubbubError: `not_found` or `forbidden`, as `domain.permissions` says.
    """
    if place is None:
        raise room_not_found()
    _pass(actor, place.visibility, place.role, action, direct=place.direct)


def message_for(connection: Connection, actor: Actor, message_id: str, action: Action) -> tuple[Message, RoomForMe]:
    """The message and its room, for somebody who may do this with it."""
    stored = select_message(connection, message_id)
    room = select_room_for_user(connection, stored.message.room_id, actor.user.id) if stored else None
    if stored is None or room is None:
        raise message_not_found()
    message = stored.message
    is_author = message.author_id == actor.user.id
    _pass(actor, room.visibility, _role_in(room), action, direct=room.direct, author=is_author)
    return message, room


def seq_in_room(connection: Connection, room_id: str, message_id: str) -> int | None:
    """A message's place in the room; None when it is no message of this room."""
    stored = select_message(connection, message_id)
    return stored.room_seq if stored and stored.message.room_id == room_id else None


def shared_part(room: RoomForMe) -> Room:
    """What goes into the log: the room without its viewer's own place in it."""
    return Room.model_validate({name: getattr(room, name) for name in Room.model_fields})


def _role_in(room: RoomForMe) -> RoomRole | None:
    return room.membership.role if room.membership else None


def _pass(
    actor: Actor,
    visibility: Visibility,
    role: RoomRole | None,
    action: Action,
    *,
    direct: bool,
    author: bool = False,
) -> None:
    standings = room_standings(
        server_owner=actor.user.role == "owner", public=visibility == "public", room_role=role, author=author
    )
    require(action, standings, direct=direct)
