"""The first answer to each request that may be repeated: written with what the request did, kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hubbub.domain.clock import timestamp
from hubbub.store.connection import Connection


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """`fingerprint` tells a repeat from another request under the same key; `answer` is JSON text."""

    fingerprint: str
    answer: str


def select_answer(connection: Connection, scope: str, key: str) -> AnswerRow | None:
    """What was answered to `key` in `scope`, which names the user and the use case."""
    row = connection.execute(
        "SELECT fingerprint, answer FROM answers WHERE scope = ? AND key = ?", (scope, key)
    ).fetchone()
    return None if row is None else AnswerRow(*row)


def insert_answer(
    connection: Connection, *, scope: str, key: str, fingerprint: str, answer: str, now: datetime
) -> None:
    """Keep an answer, in the transaction that it tells of.

    Raises:
        IntegrityError: the key has been answered.
    """
    connection.execute(
        "INSERT INTO answers (scope, key, fingerprint, answer, created_at) VALUES (?, ?, ?, ?, ?)",
        (scope, key, fingerprint, answer, timestamp(now)),
    )
