"""Who is in which room, in which role, and how far they have read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from hubbub.contract.models import Member, RoomRole
from hubbub.domain.clock import timestamp
from hubbub.store.connection import Connection
from hubbub.store.many import flat, pieces, values
from hubbub.store.times import moment

_SELECT = """
SELECT members.room_id, members.user_id, members.role, members.joined_at, (
    SELECT messages.id FROM messages
    WHERE messages.room_id = members.room_id AND messages.room_seq = members.read_seq
)
FROM members
"""
_Row = tuple[str, str, RoomRole, str, str | None]


def insert_member(
    connection: Connection, *, room_id: str, user_id: str, role: RoomRole, now: datetime
) -> Member | None:
    """Add them, with everything so far read, and count them; None when they are a member or there is no such room."""
    inserted = connection.execute(
        "INSERT INTO members (room_id, user_id, role, joined_at, read_seq)"
        " SELECT id, ?, ?, ?, last_seq FROM rooms WHERE id = ? AND deleted_at IS NULL"
        " ON CONFLICT DO NOTHING",
        (user_id, role, timestamp(now), room_id),
    )
    if inserted.rowcount == 0:
        return None
    connection.execute("UPDATE rooms SET member_count = member_count + 1 WHERE id = ?", (room_id,))
    return select_member(connection, room_id, user_id)


def select_member(connection: Connection, room_id: str, user_id: str) -> Member | None:
    """Their place in the room."""
    row = connection.execute(
        f"{_SELECT} WHERE members.room_id = ? AND members.user_id = ?", (room_id, user_id)
    ).fetchone()
    return None if row is None else _member(row)


def select_members(connection: Connection, room_id: str, after: str | None, limit: int) -> list[Member]:
    """A page of the members of a room by user id; `after` is the last user id of the page before."""
    rows = connection.execute(
        f"{_SELECT} WHERE members.room_id = ? AND members.user_id > ? ORDER BY members.user_id LIMIT ?",
        (room_id, after or "", limit),
    )
    return [_member(row) for row in rows]


def select_oldest_other_member(connection: Connection, room_id: str, user_id: str) -> Member | None:
    """Who has been there longest besides `user_id`: the one a room is passed on to."""
    row = connection.execute(
        f"{_SELECT} WHERE members.room_id = ? AND members.user_id <> ?"
        " ORDER BY members.joined_at, members.user_id LIMIT 1",
        (room_id, user_id),
    ).fetchone()
    return None if row is None else _member(row)


def select_room_ids(connection: Connection, user_id: str) -> list[str]:
    """The rooms that they are in."""
    rows = connection.execute("SELECT room_id FROM members WHERE user_id = ? ORDER BY room_id", (user_id,))
    return [room_id for (room_id,) in rows]


def select_members_of(connection: Connection, room_ids: Sequence[str]) -> dict[str, list[str]]:
    """{room id: [user id, …]} in the order of ids; a room without members has an empty list."""
    members: dict[str, list[str]] = {room_id: [] for room_id in room_ids}
    rows = connection.execute(
        "SELECT room_id, user_id FROM members WHERE room_id IN (SELECT value FROM json_each(?))"
        " ORDER BY room_id, user_id",
        (json.dumps(list(room_ids)),),
    )
    for room_id, user_id in rows:
        members[room_id].append(user_id)
    return members


def update_member_role(connection: Connection, room_id: str, user_id: str, role: RoomRole) -> Member | None:
    """Their place with the new role; None when they are no member."""
    connection.execute("UPDATE members SET role = ? WHERE room_id = ? AND user_id = ?", (role, room_id, user_id))
    return select_member(connection, room_id, user_id)


def update_read_seq(connection: Connection, room_id: str, user_id: str, read_seq: int) -> bool:
    """Move the read mark on to a message of the room; False when it was there or further, or they are no member."""
    moved = connection.execute(
        "UPDATE members SET read_seq = ? WHERE room_id = ? AND user_id = ? AND read_seq < ?",
        (read_seq, room_id, user_id, read_seq),
    )
    return moved.rowcount > 0


def update_read_seqs(connection: Connection, marks: Mapping[tuple[str, str], int]) -> None:
    """As `update_read_seq`, for {(room id, user id): read_seq}."""
    for piece in pieces([(*key, read_seq) for key, read_seq in marks.items()]):
        connection.execute(
            # A parameter in a table of values is text to PostgreSQL.
            f"UPDATE members SET read_seq = CAST(column3 AS BIGINT) FROM ({values(len(piece), 3)}) AS moved"
            " WHERE room_id = column1 AND user_id = column2 AND read_seq < CAST(column3 AS BIGINT)",
            flat(piece),
        )


def delete_member(connection: Connection, room_id: str, user_id: str) -> bool:
    """Remove and uncount them; False when they were no member."""
    deleted = connection.execute("DELETE FROM members WHERE room_id = ? AND user_id = ?", (room_id, user_id))
    if deleted.rowcount == 0:
        return False
    connection.execute("UPDATE rooms SET member_count = member_count - 1 WHERE id = ?", (room_id,))
    return True


def _member(row: _Row) -> Member:
    room_id, user_id, role, joined_at, read_message_id = row
    return Member(
        room_id=room_id, user_id=user_id, role=role, joined_at=moment(joined_at), read_message_id=read_message_id
    )
