"""Reactions to messages, in the order in which they came."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hubbub.contract.models import Reaction
from hubbub.store.connection import Connection


def insert_reaction(connection: Connection, message_id: str, emoji: str, user_id: str) -> bool:
    """False when they had reacted so before."""
    inserted = connection.execute(
        "INSERT INTO reactions (message_id, emoji, user_id, position)"
        " VALUES (:message_id, :emoji, :user_id,"
        "  (SELECT coalesce(max(position), 0) + 1 FROM reactions WHERE message_id = :message_id))"
        " ON CONFLICT DO NOTHING",
        {"message_id": message_id, "emoji": emoji, "user_id": user_id},
    )
    return inserted.rowcount > 0


def delete_reaction(connection: Connection, message_id: str, emoji: str, user_id: str) -> bool:
    """False when they had not reacted so."""
    deleted = connection.execute(
        "DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?", (message_id, emoji, user_id)
    )
    return deleted.rowcount > 0


def delete_reactions(connection: Connection, message_id: str) -> None:
    """All of a message."""
    connection.execute("DELETE FROM reactions WHERE message_id = ?", (message_id,))


def count_emojis(connection: Connection, message_id: str) -> int:
    """How many distinct emoji a message has."""
    count: int = connection.execute(
        "SELECT count(DISTINCT emoji) FROM reactions WHERE message_id = ?", (message_id,)
    ).fetchone()[0]
    return count


def select_reactions(connection: Connection, message_ids: Sequence[str]) -> dict[str, list[Reaction]]:
    """{message id: its reactions}, emoji and users each in the order in which they came.

    A message without reactions has no entry.
    """
    if not message_ids:
        return {}
    users: dict[str, dict[str, list[str]]] = {}  # {message id: {emoji: [user id, …]}}
    rows = connection.execute(
        "SELECT message_id, emoji, user_id FROM reactions WHERE message_id IN (SELECT value FROM json_each(?))"
        " ORDER BY message_id, position",
        (json.dumps(list(message_ids)),),
    )
    for message_id, emoji, user_id in rows:
        users.setdefault(message_id, {}).setdefault(emoji, []).append(user_id)
    return {
        message_id: [Reaction(emoji=emoji, user_ids=user_ids) for emoji, user_ids in by_emoji.items()]
        for message_id, by_emoji in users.items()
    }
