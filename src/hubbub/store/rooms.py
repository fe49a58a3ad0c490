"""Rooms, and a room as one user sees it.  A deleted room keeps its row, and nothing here finds it any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubbub.contract.models import Membership, Room, RoomForMe, RoomRole, Visibility
from hubbub.domain.clock import timestamp
from hubbub.store.connection import Connection
from hubbub.store.many import flat, pieces, values
from hubbub.store.members import select_members_of
from hubbub.store.times import moment, moment_or_none

_COLUMNS = "id, name, topic, visibility, direct, member_count, created_at, deleted_at"
_FOR_USER = """
SELECT rooms.id, rooms.name, rooms.topic, rooms.visibility, rooms.direct, rooms.member_count, rooms.created_at,
    rooms.deleted_at, rooms.last_message_at, members.role, members.joined_at, rooms.last_seq - members.read_seq, (
        SELECT messages.id FROM messages
        WHERE messages.room_id = members.room_id AND messages.room_seq = members.read_seq
    )
FROM rooms LEFT JOIN members ON members.room_id = rooms.id AND members.user_id = :user_id
"""


def insert_room(
    connection: Connection,
    *,
    room_id: str,
    name: str,
    topic: str,
    visibility: Visibility,
    direct_key: str | None,
    now: datetime,
) -> Room:
    """An empty room.  `direct_key` names who talks in a direct room, and is None for any other.

    Raises:
        IntegrityError: these people have a direct room.
    """
    row = connection.execute(
        "INSERT INTO rooms (id, name, topic, visibility, direct, direct_key, created_at)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING {_COLUMNS}",
        (room_id, name, topic, visibility, int(direct_key is not None), direct_key, timestamp(now)),
    ).fetchone()
    return _room(row)


def select_room(connection: Connection, room_id: str) -> Room | None:
    """The room as everybody sees it."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM rooms WHERE id = ? AND deleted_at IS NULL",
        (room_id,),
    ).fetchone()
    return None if row is None else _room(row)


def select_rooms(connection: Connection, after: str | None, limit: int) -> list[Room]:
    """A page of all rooms by id, whoever may see them; `after` is the last id of the page before."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM rooms WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?",
        (after or "", limit),
    )
    return [_room(row) for row in rows]


def select_direct_room(connection: Connection, direct_key: str) -> Room | None:
    """The direct room of these people."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM rooms WHERE direct_key = ? AND deleted_at IS NULL",
        (direct_key,),
    ).fetchone()
    return None if row is None else _room(row)


def select_last_seq(connection: Connection, room_id: str) -> int | None:
    """How many messages were ever posted to the room: the `room_seq` of the newest, 0 when there is none."""
    row = connection.execute("SELECT last_seq FROM rooms WHERE id = ? AND deleted_at IS NULL", (room_id,)).fetchone()
    return None if row is None else row[0]


def select_room_for_user(connection: Connection, room_id: str, user_id: str) -> RoomForMe | None:
    """The room and their place in it; None when they may not know of it."""
    row = connection.execute(
        f"{_FOR_USER} WHERE rooms.id = :room_id AND rooms.deleted_at IS NULL"
        " AND (rooms.visibility = 'public' OR members.user_id IS NOT NULL)",
        {"room_id": room_id, "user_id": user_id},
    ).fetchone()
    return None if row is None else _rooms_for_user(connection, [row])[0]


@dataclass(frozen=True, slots=True)
class Place:
    """What decides what somebody may do in a room: `role` is None outside it."""

    visibility: Visibility
    direct: bool
    role: RoomRole | None


def select_places(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Place]:
    """{(room id, user id): their place in it}, without what only somebody who looks at a room needs.

    A room that is not there has none.
    """
    places: dict[tuple[str, str], Place] = {}
    for piece in pieces(keys):
        rows = connection.execute(
            "SELECT rooms.id, column2, rooms.visibility, rooms.direct, members.role"
            f" FROM ({values(len(piece), 2)}) AS asked JOIN rooms ON rooms.id = column1 AND rooms.deleted_at IS NULL"
            " LEFT JOIN members ON members.room_id = rooms.id AND members.user_id = column2",
            flat(piece),
        )
        places |= {
            (id, user_id): Place(visibility, bool(direct), role) for id, user_id, visibility, direct, role in rows
        }
    return places


def select_rooms_for_user(connection: Connection, user_id: str, after: str | None, limit: int) -> list[RoomForMe]:
    """A page of the rooms that they are in and those open to all, by id; `after` is the last id of the page before."""
    rows = connection.execute(
        f"""
        {_FOR_USER}
        WHERE rooms.id IN (
            SELECT id FROM (
                SELECT room_id AS id FROM members
                WHERE user_id = :user_id AND room_id > :after ORDER BY room_id LIMIT :limit
            ) AS found_theirs
            UNION
            SELECT id FROM (
                SELECT id FROM rooms
                WHERE visibility = 'public' AND deleted_at IS NULL AND id > :after ORDER BY id LIMIT :limit
            ) AS found_open
        )
        ORDER BY rooms.id LIMIT :limit
        """,
        {"user_id": user_id, "after": after or "", "limit": limit},
    )
    return _rooms_for_user(connection, rows.fetchall())


def update_room(connection: Connection, room_id: str, *, name: str, topic: str, visibility: Visibility) -> Room | None:
    """The room after the change; None when there is none."""
    row = connection.execute(
        "UPDATE rooms SET name = ?, topic = ?, visibility = ? WHERE id = ? AND deleted_at IS NULL"
        f" RETURNING {_COLUMNS}",
        (name, topic, visibility, room_id),
    ).fetchone()
    return None if row is None else _room(row)


def mark_room_deleted(connection: Connection, room_id: str, now: datetime) -> Room | None:
    """Take the room away from everybody: its members go, and its people may open a direct room anew.

    The spans are closed apart (`spans.close_all_spans`), with the change that tells of it.
    """
    connection.execute("DELETE FROM members WHERE room_id = ?", (room_id,))
    row = connection.execute(
        "UPDATE rooms SET deleted_at = ?, direct_key = NULL, member_count = 0"
        f" WHERE id = ? AND deleted_at IS NULL RETURNING {_COLUMNS}",
        (timestamp(now), room_id),
    ).fetchone()
    return None if row is None else _room(row)


def select_room_to_erase(connection: Connection) -> str | None:
    """The id of a deleted room whose messages still have their texts."""
    row = connection.execute("SELECT id FROM rooms WHERE deleted_at IS NOT NULL AND erased = 0 LIMIT 1").fetchone()
    return None if row is None else row[0]


def mark_room_erased(connection: Connection, room_id: str) -> None:
    """Nothing of the texts is left."""
    connection.execute("UPDATE rooms SET erased = 1 WHERE id = ?", (room_id,))


def _room(row: tuple[Any, ...]) -> Room:
    id, name, topic, visibility, direct, member_count, created_at, deleted_at = row
    return Room(
        id=id,
        name=name,
        topic=topic,
        visibility=visibility,
        direct=bool(direct),
        member_count=member_count,
        created_at=moment(created_at),
        deleted_at=moment_or_none(deleted_at),
    )


def _rooms_for_user(connection: Connection, rows: list[tuple[Any, ...]]) -> list[RoomForMe]:
    rooms = [_room(row[:8]) for row in rows]
    direct = [room.id for room in rooms if room.direct]
    people = select_members_of(connection, direct) if direct else {}
    return [
        RoomForMe(
            **room.model_dump(),
            membership=_membership(row[9:]),
            last_message_at=moment_or_none(row[8]),
            user_ids=people.get(room.id, []),
        )
        for room, row in zip(rooms, rows, strict=True)
    ]


def _membership(row: tuple[Any, ...]) -> Membership | None:
    role, joined_at, unread_count, read_message_id = row
    if role is None:
        return None
    return Membership(
        role=role, joined_at=moment(joined_at), read_message_id=read_message_id, unread_count=unread_count
    )
