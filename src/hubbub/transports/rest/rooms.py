"""Rooms and their members over REST."""

from __future__ import annotations

from quart import Blueprint
from quart.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from hubbub.contract.errors import ErrorCode
from hubbub.contract.models import (
    ChangeRoom,
    CreateRoom,
    MarkRead,
    Member,
    Members,
    OpenDirectRoom,
    ReadMark,
    RoomForMe,
    Rooms,
)
from hubbub.service import memberships, rooms
from hubbub.service.chat import Actor, Chat
from hubbub.transports.rest.operation import operation, source
from hubbub.transports.rest.paging import ListPage

blueprint = Blueprint("rooms", __name__)

ME = "me"
_ROOM = "/rooms/<room:room_id>"


class RoomConverter(BaseConverter):
    """Anything but `direct`, which is an address of its own and takes POST only, as its Allow header should say."""

    regex = r"(?!direct\Z)[^/]+"


@blueprint.record_once
def _know_rooms(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["room"] = RoomConverter


@operation(blueprint, "GET", "/rooms", query=ListPage, answer=Rooms, kept=True)
async def list_rooms(actor: Actor, query_args: ListPage) -> Rooms:
    """Your rooms, with what is unread in them, and the public rooms you could join."""
    return await rooms.list_rooms(_chat(), actor, after=query_args.after, limit=query_args.limit)


@operation(blueprint, "POST", "/rooms", body=CreateRoom, answer=RoomForMe, status=201, errors=(ErrorCode.CONFLICT,))
async def create_room(actor: Actor, data: CreateRoom, key: str | None) -> RoomForMe:
    """Make a room; you own it and are its first member."""
    return await rooms.create_room(_chat(), actor, data, key=key)


@operation(
    blueprint,
    "POST",
    "/rooms/direct",
    body=OpenDirectRoom,
    answer=RoomForMe,
    status=201,
    errors=(ErrorCode.CONFLICT,),
)
async def open_direct_room(actor: Actor, data: OpenDirectRoom, key: str | None) -> RoomForMe:
    """The room of you and these people for direct messages, made when it is first asked for."""
    return await rooms.open_direct_room(_chat(), actor, data, key=key)


@operation(blueprint, "GET", _ROOM, answer=RoomForMe, errors=(ErrorCode.NOT_FOUND,), kept=True)
async def get_room(actor: Actor, room_id: str) -> RoomForMe:
    """One room."""
    return await rooms.get_room(_chat(), actor, room_id)


@operation(blueprint, "PATCH", _ROOM, body=ChangeRoom, answer=RoomForMe, errors=(ErrorCode.NOT_FOUND,))
async def change_room(actor: Actor, room_id: str, data: ChangeRoom) -> RoomForMe:
    """Change name, topic or visibility; what is not given stays."""
    return await rooms.change_room(_chat(), actor, room_id, data)


@operation(blueprint, "DELETE", _ROOM, status=204, errors=(ErrorCode.NOT_FOUND,))
async def delete_room(actor: Actor, room_id: str) -> None:
    """Take the room and its messages away from everybody."""
    await rooms.delete_room(_chat(), actor, room_id)


@operation(
    blueprint,
    "GET",
    "/rooms/<room_id>/members",
    query=ListPage,
    answer=Members,
    errors=(ErrorCode.NOT_FOUND,),
    kept=True,
)
async def list_members(actor: Actor, room_id: str, query_args: ListPage) -> Members:
    """Who is in the room."""
    return await memberships.list_members(_chat(), actor, room_id, after=query_args.after, limit=query_args.limit)


@operation(blueprint, "PUT", "/rooms/<room_id>/members/<user_id>", answer=Member, errors=(ErrorCode.NOT_FOUND,))
async def add_member(actor: Actor, room_id: str, user_id: str) -> Member:
    """Join (`me`), or bring somebody in."""
    return await memberships.add_member(_chat(), actor, room_id, _whom(actor, user_id))


@operation(blueprint, "DELETE", "/rooms/<room_id>/members/<user_id>", status=204, errors=(ErrorCode.NOT_FOUND,))
async def remove_member(actor: Actor, room_id: str, user_id: str) -> None:
    """Leave (`me`), or remove somebody."""
    await memberships.remove_member(_chat(), actor, room_id, _whom(actor, user_id))


@operation(blueprint, "PUT", "/rooms/<room_id>/read", body=MarkRead, answer=ReadMark, errors=(ErrorCode.NOT_FOUND,))
async def mark_read(actor: Actor, room_id: str, data: MarkRead) -> ReadMark:
    """Say up to which message you have read; the mark only moves forward."""
    return await memberships.mark_read(_chat(), actor, room_id, data)


def _chat() -> Chat:
    return source()().chat


def _whom(actor: Actor, user_id: str) -> str:
    return actor.user.id if user_id == ME else user_id
