"""Messages, and the history of a room in pages.

`room_seq` counts the messages of a room from 1 without gaps, as a deleted message keeps its row: a page is a range of
it, and costs the same at the first message as at the millionth.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubbub.contract.models import Message, Reaction
from hubbub.domain.clock import timestamp
from hubbub.store.reactions import delete_reactions, select_reactions
from hubbub.store.search import replace_text
from hubbub.store.times import moment, moment_or_none

_COLUMNS = "room_seq, id, room_id, author_id, body, client_id, reply_to, created_at, edited_at, deleted_at"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and its place in its room, which history cursors and read marks are made of."""

    room_seq: int
    message: Message


def insert_message(
    connection: sqlite3.Connection,
    *,
    message_id: str,
    room_id: str,
    author_id: str,
    body: str,
    client_id: str | None,
    reply_to: str | None,
    now: datetime,
) -> StoredMessage | None:
    """Put it at the end of the room; None when there is no such room.  The author's read mark is moved apart.

    Raises:
        sqlite3.IntegrityError: the author has used this `client_id`, or `reply_to` is no message.
    """
    written = timestamp(now)
    taken = connection.execute(
        "UPDATE rooms SET last_seq = last_seq + 1, last_message_at = ? WHERE id = ? AND deleted_at IS NULL"
        " RETURNING last_seq",
        (written, room_id),
    ).fetchone()
    if taken is None:
        return None
    row = (taken[0], message_id, room_id, author_id, body, client_id, reply_to, written, None, None)
    connection.execute(f"INSERT INTO messages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return _stored(row, [])


def select_message(connection: sqlite3.Connection, message_id: str) -> StoredMessage | None:
    """The message; a deleted one is found too, with `deleted_at` set."""
    return _one(connection, f"SELECT {_COLUMNS} FROM messages WHERE id = ?", (message_id,))


def select_message_by_client_id(
    connection: sqlite3.Connection, author_id: str, client_id: str
) -> StoredMessage | None:
    """What the author posted under that `client_id`."""
    return _one(
        connection,
        f"SELECT {_COLUMNS} FROM messages WHERE author_id = ? AND client_id = ?",
        (author_id, client_id),
    )


def select_messages(connection: sqlite3.Connection, message_ids: Sequence[str]) -> list[Message]:
    """These messages, in the order of their ids here; one that is not there is left out."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(message_ids)),),
    ).fetchall()
    found = {stored.message.id: stored.message for stored in _page(connection, rows)}
    return [found[message_id] for message_id in message_ids if message_id in found]


def select_messages_before(
    connection: sqlite3.Connection, room_id: str, seq: int | None, limit: int
) -> list[StoredMessage]:
    """The `limit` messages before `seq`, oldest first; None is behind the newest."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE room_id = ? AND room_seq < ? ORDER BY room_seq DESC LIMIT ?",
        (room_id, _BEHIND_ALL if seq is None else seq, limit),
    ).fetchall()
    return _page(connection, rows[::-1])


def select_messages_after(
    connection: sqlite3.Connection, room_id: str, seq: int | None, limit: int
) -> list[StoredMessage]:
    """The `limit` messages after `seq`, oldest first; None is before the first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE room_id = ? AND room_seq > ? ORDER BY room_seq LIMIT ?",
        (room_id, seq or 0, limit),
    ).fetchall()
    return _page(connection, rows)


def select_messages_around(connection: sqlite3.Connection, room_id: str, seq: int, limit: int) -> list[StoredMessage]:
    """`limit` messages with `seq` in the middle, or as near to it as the ends of the room allow, oldest first."""
    newest = connection.execute("SELECT last_seq FROM rooms WHERE id = ?", (room_id,)).fetchone()
    last_seq = 0 if newest is None else newest[0]
    first = max(1, min(seq - limit // 2, last_seq - limit + 1))
    return select_messages_after(connection, room_id, first - 1, limit)


def update_body(
    connection: sqlite3.Connection, message_id: str, author_id: str, body: str, now: datetime
) -> StoredMessage | None:
    """The message after its author edited it; None when it is not theirs, or deleted."""
    earlier = select_message(connection, message_id)
    edited = _one(
        connection,
        "UPDATE messages SET body = ?, edited_at = ? WHERE id = ? AND author_id = ? AND deleted_at IS NULL"
        f" RETURNING {_COLUMNS}",
        (body, timestamp(now), message_id, author_id),
    )
    if earlier is not None and edited is not None:
        _find_by(connection, earlier.message, body)
    return edited


def delete_message(connection: sqlite3.Connection, message_id: str, now: datetime) -> StoredMessage | None:
    """What is left of it: its place, without body and reactions; None when it was deleted before.

    The log still has its bodies: see `log.redact_message`.
    """
    delete_reactions(connection, message_id)
    earlier = select_message(connection, message_id)
    tombstone = _one(
        connection,
        f"UPDATE messages SET body = '', deleted_at = ? WHERE id = ? AND deleted_at IS NULL RETURNING {_COLUMNS}",
        (timestamp(now), message_id),
    )
    if earlier is not None and tombstone is not None:
        _find_by(connection, earlier.message, None)
    return tombstone


def select_written_after(connection: sqlite3.Connection, room_id: str, seq: int, limit: int) -> list[tuple[int, str]]:
    """(place, id) of the next messages of a room, whether the room or they are deleted."""
    rows = connection.execute(
        "SELECT room_seq, id FROM messages WHERE room_id = ? AND room_seq > ? ORDER BY room_seq LIMIT ?",
        (room_id, seq, limit),
    )
    return rows.fetchall()


_BEHIND_ALL = 2**63 - 1  # the largest integer of SQLite


def _find_by(connection: sqlite3.Connection, earlier: Message, body: str | None) -> None:
    replace_text(
        connection, earlier.id, room_id=earlier.room_id, author_id=earlier.author_id, old=earlier.body, new=body
    )


def _one(connection: sqlite3.Connection, sql: str, parameters: tuple[object, ...]) -> StoredMessage | None:
    row = connection.execute(sql, parameters).fetchone()
    return None if row is None else _page(connection, [row])[0]


def _page(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> list[StoredMessage]:
    reactions = select_reactions(connection, [row[1] for row in rows])
    return [_stored(row, reactions.get(row[1], [])) for row in rows]


def _stored(row: tuple[Any, ...], reactions: list[Reaction]) -> StoredMessage:
    room_seq, id, room_id, author_id, body, client_id, reply_to, created_at, edited_at, deleted_at = row
    message = Message(
        id=id,
        room_id=room_id,
        author_id=author_id,
        body=body,
        client_id=client_id,
        reply_to=reply_to,
        attachments=[],
        reactions=reactions,
        created_at=moment(created_at),
        edited_at=moment_or_none(edited_at),
        deleted_at=moment_or_none(deleted_at),
    )
    return StoredMessage(room_seq, message)
