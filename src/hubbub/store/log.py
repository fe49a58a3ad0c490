"""The change log: one row for each change that lasts, in the order of their ids."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hubbub.domain.changes import LoggedChange
from hubbub.domain.clock import timestamp
from hubbub.domain.cursors import encode_cursor
from hubbub.store.connection import Connection
from hubbub.store.limits import SCAN_CHANGES
from hubbub.store.many import flat, pieces, values

_COLUMNS = "id, type, room_id, actor_id, at, data"
_Row = tuple[int, str, str | None, str | None, str, str]


def insert_change(
    connection: Connection,
    epoch: str,
    *,
    id: int,
    type: str,
    room_id: str | None,
    actor_id: str | None,
    at: datetime,
    message_id: str | None,
    data: str,
) -> LoggedChange:
    """For `Transaction.append_change`, which also makes it known."""
    written = timestamp(at)
    connection.execute(
        "INSERT INTO changes (id, type, room_id, actor_id, at, message_id, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (id, type, room_id, actor_id, written, message_id, data),
    )
    return _change(epoch, (id, type, room_id, actor_id, written, data))


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be said of one change; see `Transaction.append_change`."""

    room_id: str | None
    actor_id: str | None
    message_id: str | None
    data: str


def insert_changes(
    connection: Connection, epoch: str, type: str, entries: Sequence[Entry], *, first: int, at: datetime
) -> list[LoggedChange]:
    """Changes of one type, in their order, for `Transaction.append_changes`, which also makes them known."""
    written = timestamp(at)
    rows = [
        (id, type, each.room_id, each.actor_id, written, each.message_id, each.data)
        for id, each in enumerate(entries, start=first)
    ]
    for piece in pieces(rows):
        connection.execute(
            "INSERT INTO changes (id, type, room_id, actor_id, at, message_id, data)"
            f" {values(len(piece), len(piece[0]))}",
            flat(piece),
        )
    return [
        LoggedChange(id, encode_cursor(epoch, id), type, room_id, actor_id, written, data)
        for id, _, room_id, actor_id, _, _, data in rows
    ]


def select_epoch(connection: Connection) -> str:
    """Which log this is: eight characters, made at random with the database."""
    epoch: str = connection.execute("SELECT epoch FROM about").fetchone()[0]
    return epoch


def select_former_epochs(connection: Connection) -> dict[str, int]:
    """{epoch: id of the last change in common} of the logs that this one goes on from."""
    return dict(connection.execute("SELECT epoch, last_id FROM former_epochs").fetchall())


def begin_epoch(connection: Connection) -> str:
    """Name the log anew, as one that goes on from what it holds now; the new epoch."""
    former, head = select_epoch(connection), select_head(connection)
    epoch = secrets.token_hex(4)
    connection.execute("INSERT INTO former_epochs (epoch, last_id) VALUES (?, ?)", (former, head))
    connection.execute("UPDATE about SET epoch = ?", (epoch,))
    return epoch


def select_head(connection: Connection) -> int:
    """The id of the newest change; 0 before the first."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").fetchone()
    return 0 if row is None else row[0]


# The last span that begins before the change decides, as the spans of one user in one room are disjoint.  One that has
# ended shows its own last change (that they left, that the room was deleted); what came before only while the room
# is there for everybody.
_VISIBLE = """
FROM changes AS c
WHERE id > :after AND id <= :up_to AND (
    room_id IS NULL
    OR EXISTS (
        SELECT 1 FROM (
            SELECT to_id FROM spans
            WHERE spans.room_id = c.room_id AND spans.user_id = :user_id AND spans.from_id <= c.id
            ORDER BY spans.from_id DESC LIMIT 1
        ) AS span
        WHERE span.to_id IS NULL OR span.to_id = c.id OR (
            span.to_id > c.id AND EXISTS (
                SELECT 1 FROM rooms
                WHERE rooms.id = c.room_id AND rooms.visibility = 'public' AND rooms.deleted_at IS NULL
            )
        )
    )
)
ORDER BY id LIMIT :limit
"""


def select_changes(
    connection: Connection, epoch: str, user_id: str, after_id: int, limit: int, scan: int = SCAN_CHANGES
) -> tuple[list[LoggedChange], int]:
    """What `user_id` may see behind `after_id`, oldest first, and the id up to which the scan looked.

    One call looks at `scan` rows at the most.  Go on from the second value: it passes over what is not theirs.
    Nothing more is there when it is at the head.
    """
    up_to = min(select_head(connection), after_id + scan)
    rows = connection.execute(
        f"SELECT {_COLUMNS} {_VISIBLE}", {"after": after_id, "up_to": up_to, "user_id": user_id, "limit": limit}
    ).fetchall()
    scanned_to = rows[-1][0] if len(rows) == limit else max(after_id, up_to)
    return [_change(epoch, row) for row in rows], scanned_to


def select_visible_ids(
    connection: Connection, user_id: str, after_id: int, limit: int, scan: int = SCAN_CHANGES
) -> tuple[tuple[int, ...], int]:
    """As `select_changes`, without what the changes say: for `select_changes_by_id`, once for all who may see them."""
    up_to = min(select_head(connection), after_id + scan)
    # In one row: each row more would give the interpreter to another thread and wait for it.
    (found,) = connection.execute(
        f"SELECT group_concat(id) FROM (SELECT id {_VISIBLE}) AS found_ids",
        {"after": after_id, "up_to": up_to, "user_id": user_id, "limit": limit},
    ).fetchone()
    ids = tuple(sorted(map(int, found.split(",")))) if found else ()
    return ids, ids[-1] if len(ids) == limit else max(after_id, up_to)


def select_changes_by_id(connection: Connection, epoch: str, ids: Sequence[int]) -> list[LoggedChange]:
    """These changes, whoever may see them, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM changes WHERE id IN (SELECT CAST(value AS INTEGER) FROM json_each(?)) ORDER BY id",
        (json.dumps(ids),),
    )
    return [_change(epoch, row) for row in rows]


def select_change_range(
    connection: Connection, epoch: str, after_id: int, up_to_id: int, limit: int = SCAN_CHANGES
) -> list[LoggedChange]:
    """Every change with `after_id` < id <= `up_to_id`, whoever may see it, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM changes WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
        (after_id, up_to_id, limit),
    )
    return [_change(epoch, row) for row in rows]


def select_posted_change(connection: Connection, epoch: str, message_id: str) -> LoggedChange | None:
    """The `message_posted` of a message: the first answer to whoever posted it."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM changes WHERE message_id = ? AND type = 'message_posted'",
        (message_id,),
    ).fetchone()
    return None if row is None else _change(epoch, row)


def select_versions(connection: Connection, message_id: str) -> list[tuple[str, str]]:
    """(when, the message as JSON text) for each time that its author wrote it, oldest first."""
    rows = connection.execute(
        "SELECT at, data FROM changes WHERE message_id = ? AND type IN ('message_posted', 'message_edited')"
        " ORDER BY id",
        (message_id,),
    )
    return rows.fetchall()


def redact_message(connection: Connection, message_id: str) -> None:
    """Empty the `body` in every row of the log that tells of the message, for a message that is deleted."""
    connection.execute(
        "UPDATE changes SET data = json_replace(data, '$.body', '') WHERE message_id = ?",
        (message_id,),
    )


def _change(epoch: str, row: _Row) -> LoggedChange:
    id, type, room_id, actor_id, at, data = row
    return LoggedChange(
        id=id, cursor=encode_cursor(epoch, id), type=type, room_id=room_id, actor_id=actor_id, at=at, data=data
    )
