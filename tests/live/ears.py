"""Outlets that keep what they are given, and the oracle of what they should have been given."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hubbub.contract.errors import HubbubError
from hubbub.domain.changes import LoggedChange
from hubbub.live.subscription import Encoder


def encode(event: str, payload: str) -> str:
    """A packet as simple as can be."""
    return f"{event} {payload}"


@dataclass(eq=False)
class Ear:
    """An outlet without bounds."""

    encode: Encoder = encode
    packets: list[str] = field(default_factory=list)
    closed: HubbubError | None = None
    waited: list[int] = field(default_factory=list)  # how many packets there were at each wait for room

    def send(self, packet: str) -> None:
        self.packets.append(packet)

    async def writable(self) -> None:
        self.waited.append(len(self.packets))

    def close(self, error: HubbubError) -> None:
        self.closed = error

    @property
    def events(self) -> list[tuple[str, Any]]:
        """What came, as (event, payload)."""
        pairs = (packet.split(" ", 1) for packet in self.packets)
        return [(event, json.loads(payload)) for event, payload in pairs]

    def named(self, event: str) -> list[Any]:
        """The payloads of one kind of event."""
        return [payload for name, payload in self.events if name == event]

    @property
    def change_ids(self) -> list[int]:
        """The places in the log of the changes that came."""
        return [int(payload["cursor"].split("-")[1], 16) for _, payload in self.events if "actor_id" in payload]


@dataclass(eq=False)
class SmallEar(Ear):
    """An outlet with room for `size` packets until somebody waits; one too many is lost, and all before it.

    Those before it are kept here all the same, as if the client had just taken them.
    """

    size: int = 10
    room: int = 10
    overflow: Callable[[], str] = str

    def send(self, packet: str) -> None:
        if self.room == 0:
            self.room = self.size
            packet = self.overflow()
        self.room -= 1
        self.packets.append(packet)

    async def writable(self) -> None:
        self.room = self.size


@dataclass
class Due:
    """What somebody is due of a log: `must` whatever happened, `may` if they were there when it happened."""

    must: list[int] = field(default_factory=list)
    may: set[int] = field(default_factory=set)


def due(changes: Iterable[LoggedChange], user_id: str) -> Due:
    """Who sees what, told from the log alone: nothing of the tables that the server decides by is looked at.

    In a room they are in, everything from their coming to their going. Of a room they are out of, or that is gone:
    at least the going, and the rest too where the room is there for everybody.
    """
    found = Due()
    came: dict[str, bool] = {}  # {room_id: whether they are in it}
    was_there: defaultdict[str, list[int]] = defaultdict(list)  # {room_id: what they saw before they went}
    public: dict[str, bool] = {}
    for change in changes:
        room_id = change.room_id
        if room_id is None:
            found.must.append(change.id)
            continue
        data = json.loads(change.data)
        if change.type in ("room_created", "room_changed", "room_deleted"):
            public[room_id] = data["visibility"] == "public" and data["deleted_at"] is None
        if _comes(change, data, user_id):
            came[room_id] = True
        if not came.get(room_id):
            continue
        was_there[room_id].append(change.id)
        if change.type == "room_deleted" or (change.type == "member_left" and data["user_id"] == user_id):
            came[room_id] = False
            found.must.append(change.id)
    for room_id, ids in was_there.items():
        found.may |= set(ids)
        last_going = max((each for each in ids if each in found.must), default=0)
        found.must += [each for each in ids if public[room_id] or each > last_going]
    found.must = sorted(set(found.must))
    found.may |= set(found.must)
    return found


def _comes(change: LoggedChange, data: dict[str, Any], user_id: str) -> bool:
    if change.type == "room_created":
        return change.actor_id == user_id
    return change.type == "member_joined" and data["user_id"] == user_id
