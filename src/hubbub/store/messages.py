"""Messages, and the history of a room in pages.

`room_seq` counts the messages of a room from 1 without gaps, as a deleted message keeps its row: a page is a range of
it, and costs the same at the first message as at the millionth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hubbub.contract.models import Message, Reaction
from hubbub.domain.clock import timestamp
from hubbub.store.connection import Connection, Searchable
from hubbub.store.many import flat, pieces, values
from hubbub.store.reactions import delete_reactions, select_reactions
from hubbub.store.search import replace_text
from hubbub.store.times import moment, moment_or_none

_COLUMNS = "room_seq, id, room_id, author_id, body, client_id, reply_to, created_at, edited_at, deleted_at"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and its place in its room, which history cursors and read marks are made of."""

    room_seq: int
    message: Message


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that nobody has seen yet."""

    id: str
    room_id: str
    author_id: str
    body: str
    client_id: str | None = None
    reply_to: str | None = None


def insert_messages(connection: Connection, messages: Sequence[NewMessage], now: datetime) -> list[int]:
    """Put each at the end of its room, in their order; their `room_seq`.  The authors' read marks are moved apart.

    Raises:
        LookupError: there is no such room.
        IntegrityError: an author has used this `client_id`, or `reply_to` is no message.
    """
    written = timestamp(now)
    room_ids = [each.room_id for each in messages]
    places = {
        room_id: _take_places(connection, room_id, room_ids.count(room_id), written)
        for room_id in dict.fromkeys(room_ids)
    }
    rows = [
        (
            next(places[each.room_id]),
            each.id,
            each.room_id,
            each.author_id,
            each.body,
            each.client_id,
            each.reply_to,
            written,
            None,
            None,
        )
        for each in messages
    ]
    for piece in pieces(rows):
        connection.execute(f"INSERT INTO messages ({_COLUMNS}) {values(len(piece), len(piece[0]))}", flat(piece))
    return [row[0] for row in rows]


def posted_json(message: NewMessage, written: str) -> str:
    """The JSON of the `Message` that was posted then, a time of `domain.clock.timestamp`.

    Each message that anybody posts passes here, so it is written without the model, whose making and writing would be
    a tenth of what a post costs; a test compares.
    """
    return orjson.dumps(
        {
            "id": message.id,
            "room_id": message.room_id,
            "author_id": message.author_id,
            "body": message.body,
            "client_id": message.client_id,
            "reply_to": message.reply_to,
            "attachments": [],
            "reactions": [],
            "created_at": written,
            "edited_at": None,
            "deleted_at": None,
        }
    ).decode()


def select_message(connection: Connection, message_id: str) -> StoredMessage | None:
    """The message; a deleted one is found too, with `deleted_at` set."""
    return _one(connection, f"SELECT {_COLUMNS} FROM messages WHERE id = ?", (message_id,))


def select_posted_ids(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, bool]]:
    """{(author id, client id): (message id, whether it was deleted)} of those keys that were used."""
    found: dict[tuple[str, str], tuple[str, bool]] = {}
    for piece in pieces(keys):
        rows = connection.execute(
            f"SELECT author_id, client_id, id, deleted_at FROM ({values(len(piece), 2)}) AS asked"
            " JOIN messages ON author_id = column1 AND client_id = column2",
            flat(piece),
        )
        found |= {(author_id, client_id): (id, deleted is not None) for author_id, client_id, id, deleted in rows}
    return found


def select_messages(connection: Connection, message_ids: Sequence[str]) -> list[Message]:
    """These messages, in the order of their ids here; one that is not there is left out."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(message_ids)),),
    ).fetchall()
    found = {stored.message.id: stored.message for stored in _page(connection, rows)}
    return [found[message_id] for message_id in message_ids if message_id in found]


def select_messages_before(connection: Connection, room_id: str, seq: int | None, limit: int) -> list[StoredMessage]:
    """The `limit` messages before `seq`, oldest first; None is behind the newest."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE room_id = ? AND room_seq < ? ORDER BY room_seq DESC LIMIT ?",
        (room_id, _BEHIND_ALL if seq is None else seq, limit),
    ).fetchall()
    return _page(connection, rows[::-1])


def select_messages_after(connection: Connection, room_id: str, seq: int | None, limit: int) -> list[StoredMessage]:
    """The `limit` messages after `seq`, oldest first; None is before the first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE room_id = ? AND room_seq > ? ORDER BY room_seq LIMIT ?",
        (room_id, seq or 0, limit),
    ).fetchall()
    return _page(connection, rows)


def select_messages_around(connection: Connection, room_id: str, seq: int, limit: int) -> list[StoredMessage]:
    """`limit` messages with `seq` in the middle, or as near to it as the ends of the room allow, oldest first."""
    newest = connection.execute("SELECT last_seq FROM rooms WHERE id = ?", (room_id,)).fetchone()
    last_seq = 0 if newest is None else newest[0]
    first = max(1, min(seq - limit // 2, last_seq - limit + 1))
    return select_messages_after(connection, room_id, first - 1, limit)


def update_body(
    connection: Searchable, message_id: str, author_id: str, body: str, now: datetime
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


def delete_message(connection: Searchable, message_id: str, now: datetime) -> StoredMessage | None:
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


def select_written_after(connection: Connection, room_id: str, seq: int, limit: int) -> list[tuple[int, str]]:
    """(place, id) of the next messages of a room, whether the room or they are deleted."""
    rows = connection.execute(
        "SELECT room_seq, id FROM messages WHERE room_id = ? AND room_seq > ? ORDER BY room_seq LIMIT ?",
        (room_id, seq, limit),
    )
    return rows.fetchall()


def _take_places(connection: Connection, room_id: str, count: int, written: str) -> Iterator[int]:
    """So many places at the end of a room."""
    taken = connection.execute(
        "UPDATE rooms SET last_seq = last_seq + ?, last_message_at = ? WHERE id = ? AND deleted_at IS NULL"
        " RETURNING last_seq",
        (count, written, room_id),
    ).fetchone()
    if taken is None:
        raise LookupError(f"there is no room {room_id}")
    last: int = taken[0]
    return iter(range(last - count + 1, last + 1))


_BEHIND_ALL = 2**63 - 1  # the largest integer of the database


def _find_by(connection: Searchable, earlier: Message, body: str | None) -> None:
    replace_text(
        connection, earlier.id, room_id=earlier.room_id, author_id=earlier.author_id, old=earlier.body, new=body
    )


def _one(connection: Connection, sql: str, parameters: tuple[object, ...]) -> StoredMessage | None:
    row = connection.execute(sql, parameters).fetchone()
    return None if row is None else _page(connection, [row])[0]


def _page(connection: Connection, rows: list[tuple[Any, ...]]) -> list[StoredMessage]:
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
