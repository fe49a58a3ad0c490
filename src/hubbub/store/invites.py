"""Invitations to make an account; the code is only kept hashed."""

from __future__ import annotations

from datetime import datetime

from hubbub.domain.clock import timestamp
from hubbub.store.connection import Connection


def insert_invite(
    connection: Connection,
    *,
    invite_id: str,
    code_hash: str,
    created_by: str | None,
    max_uses: int,
    now: datetime,
    expires_at: datetime,
) -> None:
    """`created_by` is None for one made at the command line."""
    connection.execute(
        "INSERT INTO invites (id, code_hash, created_by, max_uses, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (invite_id, code_hash, created_by, max_uses, timestamp(now), timestamp(expires_at)),
    )


def use_invite(connection: Connection, code_hash: str, now: datetime) -> bool:
    """Take one of its uses; False when there is none left, it has expired or never was."""
    used = connection.execute(
        "UPDATE invites SET uses = uses + 1 WHERE code_hash = ? AND uses < max_uses AND expires_at > ?",
        (code_hash, timestamp(now)),
    )
    return used.rowcount > 0


def delete_expired_invites(connection: Connection, now: datetime) -> int:
    """How many there were."""
    return connection.execute("DELETE FROM invites WHERE expires_at <= ?", (timestamp(now),)).rowcount
