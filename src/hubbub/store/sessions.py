"""Who is signed in, and where: one row for each token, which is only kept hashed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubbub.contract.models import User
from hubbub.domain.clock import timestamp
from hubbub.store.connection import Connection
from hubbub.store.many import pieces, values
from hubbub.store.times import moment
from hubbub.store.users import COLUMNS as _USER_COLUMNS
from hubbub.store.users import user_of


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session and whose it is.  It may have expired: compare `expires_at`."""

    id: str
    user: User
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str


_SELECT = f"""
SELECT sessions.id, sessions.created_at, sessions.last_used_at, sessions.expires_at, sessions.user_agent,
    {_USER_COLUMNS}
FROM sessions JOIN users ON users.id = sessions.user_id
"""


def insert_session(
    connection: Connection,
    *,
    session_id: str,
    user_id: str,
    token_hash: str,
    now: datetime,
    expires_at: datetime,
    user_agent: str,
) -> None:
    """`token_hash` is the SHA-256 of the token in hexadecimal."""
    written = timestamp(now)
    connection.execute(
        "INSERT INTO sessions (id, user_id, token_hash, created_at, last_used_at, expires_at, user_agent)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (session_id, user_id, token_hash, written, written, timestamp(expires_at), user_agent),
    )


def select_session_by_token_hash(connection: Connection, token_hash: str) -> SessionRow | None:
    """The session that the token opens."""
    row = connection.execute(f"{_SELECT} WHERE sessions.token_hash = ?", (token_hash,)).fetchone()
    return None if row is None else _session(row)


def has_session(connection: Connection, user_id: str, session_id: str) -> bool:
    """Whether this user has such a session."""
    row = connection.execute("SELECT 1 FROM sessions WHERE id = ? AND user_id = ?", (session_id, user_id)).fetchone()
    return row is not None


def select_roles(connection: Connection, session_ids: Sequence[str]) -> dict[str, str]:
    """{session id: what its user may do on this server} of those that are there."""
    roles: dict[str, str] = {}
    for piece in pieces(session_ids):
        roles |= connection.execute(
            f"SELECT sessions.id, users.role FROM ({values(len(piece), 1)}) AS asked"
            " JOIN sessions ON sessions.id = column1 JOIN users ON users.id = sessions.user_id",
            piece,
        ).fetchall()
    return roles


def select_session_ends(connection: Connection, session_ids: Iterable[str]) -> dict[str, datetime]:
    """{session id: when it expires} of those that are there."""
    rows = connection.execute(
        "SELECT id, expires_at FROM sessions WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(session_ids)),),
    )
    return {session_id: moment(expires_at) for session_id, expires_at in rows}


def select_sessions(connection: Connection, user_id: str) -> list[SessionRow]:
    """The sessions of one user, oldest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE sessions.user_id = ? ORDER BY sessions.created_at, sessions.id", (user_id,)
    )
    return [_session(row) for row in rows]


def touch_session(connection: Connection, session_id: str, *, last_used_at: datetime, expires_at: datetime) -> bool:
    """Note that it was used, and until when it holds now; False when it is gone."""
    changed = connection.execute(
        "UPDATE sessions SET last_used_at = ?, expires_at = ? WHERE id = ?",
        (timestamp(last_used_at), timestamp(expires_at), session_id),
    )
    return changed.rowcount > 0


def delete_session(connection: Connection, user_id: str, session_id: str) -> bool:
    """False when this user has no such session."""
    deleted = connection.execute("DELETE FROM sessions WHERE user_id = ? AND id = ?", (user_id, session_id))
    return deleted.rowcount > 0


def delete_oldest_sessions(connection: Connection, user_id: str, keep: int) -> list[str]:
    """The ids of those that went: all but the `keep` which were used last."""
    rows = connection.execute(
        "DELETE FROM sessions WHERE id IN ("
        " SELECT id FROM sessions WHERE user_id = ? ORDER BY last_used_at DESC, id DESC LIMIT ? OFFSET ?"
        ") RETURNING id",
        (user_id, _ALL, keep),
    )
    return [session_id for (session_id,) in rows]


_ALL = 2**63 - 1  # the largest integer of the database; SQLite has no OFFSET without a LIMIT


def delete_expired_sessions(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """(user id, session id) of those that had expired."""
    rows = connection.execute("DELETE FROM sessions WHERE expires_at <= ? RETURNING user_id, id", (timestamp(now),))
    return rows.fetchall()


def _session(row: tuple[Any, ...]) -> SessionRow:
    id, created_at, last_used_at, expires_at, user_agent, *user = row
    return SessionRow(
        id=id,
        user=user_of(tuple(user)),
        created_at=moment(created_at),
        last_used_at=moment(last_used_at),
        expires_at=moment(expires_at),
        user_agent=user_agent,
    )
