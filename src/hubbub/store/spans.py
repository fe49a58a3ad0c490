"""Which changes of a room each user may see: the spans of the log during which they were a member."""

from __future__ import annotations

from hubbub.store.connection import Connection


def open_span(connection: Connection, room_id: str, user_id: str, from_id: int) -> None:
    """Let `user_id` see the changes of the room from `from_id` on: the change that tells of their joining.

    Raises:
        IntegrityError: one is open.
    """
    connection.execute(
        "INSERT INTO spans (room_id, user_id, from_id) VALUES (?, ?, ?)",
        (room_id, user_id, from_id),
    )


def close_span(connection: Connection, room_id: str, user_id: str, to_id: int) -> None:
    """Let it end with `to_id`: the change that tells of their leaving, and the last that they see."""
    connection.execute(
        "UPDATE spans SET to_id = ? WHERE room_id = ? AND user_id = ? AND to_id IS NULL",
        (to_id, room_id, user_id),
    )


def close_all_spans(connection: Connection, room_id: str, to_id: int) -> None:
    """As `close_span` for everybody: `to_id` is the change that tells of the room's deletion."""
    connection.execute("UPDATE spans SET to_id = ? WHERE room_id = ? AND to_id IS NULL", (to_id, room_id))
