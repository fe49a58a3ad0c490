"""Accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hubbub.contract.models import User
from hubbub.domain.clock import timestamp
from hubbub.store.connection import Connection
from hubbub.store.times import moment

COLUMNS = "users.id, users.username, users.display_name, users.role, users.created_at"
Row = tuple[str, str, str, Literal["owner", "member"], str]


def insert_user(
    connection: Connection,
    *,
    user_id: str,
    username: str,
    username_key: str,
    display_name: str,
    role: Literal["owner", "member"],
    password_hash: str,
    now: datetime,
) -> User:
    """`username_key` is the name as it is compared: folded, so that `Ada` and `ada` are one.

    Raises:
        IntegrityError: the name is taken.
    """
    created_at = timestamp(now)
    connection.execute(
        "INSERT INTO users (id, username, username_key, display_name, role, password_hash, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (user_id, username, username_key, display_name, role, password_hash, created_at),
    )
    return user_of((user_id, username, display_name, role, created_at))


def select_user(connection: Connection, user_id: str) -> User | None:
    """The account with that id."""
    row = connection.execute(f"SELECT {COLUMNS} FROM users WHERE id = ?", (user_id,)).fetchone()
    return None if row is None else user_of(row)


def select_user_by_key(connection: Connection, username_key: str) -> tuple[User, str] | None:
    """The account with that name, and its password hash."""
    row = connection.execute(
        f"SELECT {COLUMNS}, password_hash FROM users WHERE username_key = ?",
        (username_key,),
    ).fetchone()
    return None if row is None else (user_of(row[:-1]), row[-1])


def select_users(connection: Connection, after: str | None, limit: int) -> list[User]:
    """A page of accounts by id; `after` is the last id of the page before."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM users WHERE id > ? ORDER BY id LIMIT ?",
        (after or "", limit),
    )
    return [user_of(row) for row in rows]


def count_users(connection: Connection) -> int:
    """How many accounts there are; it looks at each, so ask rarely."""
    count: int = connection.execute("SELECT count(*) FROM users").fetchone()[0]
    return count


def update_display_name(connection: Connection, user_id: str, display_name: str) -> User | None:
    """The account with its new name; None when there is no such account."""
    row = connection.execute(
        f"UPDATE users SET display_name = ? WHERE id = ? RETURNING {COLUMNS}",
        (display_name, user_id),
    ).fetchone()
    return None if row is None else user_of(row)


def user_of(row: Row) -> User:
    """The model of a row of `COLUMNS`."""
    id, username, display_name, role, created_at = row
    return User(id=id, username=username, display_name=display_name, role=role, created_at=moment(created_at))
