"""What a client knows, and how each change of the log changes that: the rules that every client goes by.

It holds the rooms somebody is in, with their people and all of their messages, and everybody's account. Rooms that
they could join are looked up when they look for one, so they are not part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.support.people import Person
from tests.support.reading import read_history, read_list

Json = dict[str, Any]


@dataclass
class RoomState:
    """A room that one is in."""

    room: Json  # as the contract has `RoomForMe`
    members: dict[str, Json]  # {user_id: member}
    messages: dict[str, Json]  # {message_id: message}, oldest first

    @property
    def membership(self) -> Json:
        """One's own place in it."""
        membership: Json = self.room["membership"]
        return membership


@dataclass
class ClientState:
    """Everything that one person's client holds.

    `unloaded` are the rooms they came into by a change. Their snapshot is loaded when the changes that are there have
    been gone through, so that it holds whatever those say.
    """

    user_id: str
    users: dict[str, Json] = field(default_factory=dict)  # {user_id: user}
    rooms: dict[str, RoomState] = field(default_factory=dict)  # {room_id: room}
    unloaded: set[str] = field(default_factory=set)

    def apply(self, change: Json) -> None:
        """Go one change further."""
        kind, room_id, data = change["type"], change["room_id"], change["data"]
        if kind == "user_changed":
            self.users[data["id"]] = data
        elif kind in ("member_joined", "member_left") and data["user_id"] == self.user_id:
            self.rooms.pop(room_id, None)
            (self.unloaded.add if kind == "member_joined" else self.unloaded.discard)(room_id)
        elif kind == "room_deleted":
            self.rooms.pop(room_id, None)
            self.unloaded.discard(room_id)
        elif room_id in self.rooms:
            RULES[kind](self, self.rooms[room_id], data)

    def copy(self) -> ClientState:
        """The same, to be changed apart from this."""
        return deepcopy(self)


def _room_changed(_state: ClientState, room: RoomState, data: Json) -> None:
    room.room |= data


def _member_set(state: ClientState, room: RoomState, data: Json) -> None:
    room.members[data["user_id"]] = data
    room.room["member_count"] = len(room.members)
    if data["user_id"] == state.user_id:
        room.membership["role"] = data["role"]


def _member_left(_state: ClientState, room: RoomState, data: Json) -> None:
    room.members.pop(data["user_id"], None)
    room.room["member_count"] = len(room.members)


def _message_posted(state: ClientState, room: RoomState, data: Json) -> None:
    room.messages[data["id"]] = data
    room.room["last_message_at"] = data["created_at"]
    # Whoever writes has read what came before.
    room.members[data["author_id"]] |= {"read_message_id": data["id"]}
    if data["author_id"] == state.user_id:
        room.room["membership"] |= {"read_message_id": data["id"], "unread_count": 0}
    else:
        room.membership["unread_count"] += 1


def _message_set(_state: ClientState, room: RoomState, data: Json) -> None:
    room.messages[data["id"]] = {name: value for name, value in data.items() if name != "emoji"}


def _read_marked(state: ClientState, room: RoomState, data: Json) -> None:
    mark = {"read_message_id": data["message_id"]}
    room.members[data["user_id"]] |= mark
    if data["user_id"] == state.user_id:
        room.room["membership"] |= mark | {"unread_count": data["unread_count"]}


RULES: dict[str, Callable[[ClientState, RoomState, Json], None]] = {
    "room_changed": _room_changed,
    "member_joined": _member_set,
    "member_changed": _member_set,
    "member_left": _member_left,
    "message_posted": _message_posted,
    "message_edited": _message_set,
    "message_deleted": _message_set,
    "reaction_added": _message_set,
    "reaction_removed": _message_set,
    "read_marked": _read_marked,
}


async def load_state(person: Person) -> ClientState:
    """What a client that knows nothing loads."""
    state = await load_own_rooms(person)
    state.users = {user["id"]: user for user in await read_list(person, "/users", "users")}
    return state


async def load_own_rooms(person: Person) -> ClientState:
    """The same but for everybody's accounts, where no account changes."""
    state = ClientState(person.id)
    for room in await read_list(person, "/rooms", "rooms"):
        if room["membership"]:
            state.rooms[room["id"]] = await _load_room(person, room)
    return state


async def load_rooms(state: ClientState, person: Person) -> None:
    """Load the snapshots of the rooms that are not there yet; nobody may change anything meanwhile."""
    while state.unloaded:
        room_id = state.unloaded.pop()
        room = (await person.request("GET", f"/rooms/{room_id}")).json()
        state.rooms[room_id] = await _load_room(person, room)


async def _load_room(person: Person, room: Json) -> RoomState:
    members = await read_list(person, f"/rooms/{room['id']}/members", "members")
    history = await read_history(person, room["id"])
    return RoomState(room, {each["user_id"]: each for each in members}, {each["id"]: each for each in history})
