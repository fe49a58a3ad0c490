"""The tables of ../schema.sql by aiosqlite: one connection that writes, one that reads, so that reads need no lock."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite

from benchmarks.peers.fastapi_chat.models import NewMessage

SCHEMA = Path(__file__).resolve().parents[1] / "schema.sql"
COLUMNS = "id, room_id, author_id, body, client_id, reply_to, created_at, edited_at, deleted_at"


@dataclass(frozen=True)
class Posted:
    """A message, and its change unless it was there already."""

    message: dict[str, Any]
    change: dict[str, Any] | None


class Store:
    """What the chat asks of its database."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._writing = asyncio.Lock()  # transactions of one connection would run into each other

    @classmethod
    async def open(cls, path: str) -> Store:
        writer, reader = await aiosqlite.connect(path), await aiosqlite.connect(path)
        for connection in (writer, reader):
            connection.row_factory = aiosqlite.Row
            await connection.execute("PRAGMA foreign_keys = ON")
        await writer.execute("PRAGMA journal_mode = WAL")
        await writer.execute("PRAGMA synchronous = FULL")
        await writer.executescript(SCHEMA.read_text())
        return cls(writer, reader)

    async def close(self) -> None:
        await self._reader.close()
        await self._writer.close()

    async def register(self, username: str) -> dict[str, Any]:
        user, token = {"id": str(uuid.uuid4()), "username": username}, secrets.token_urlsafe(32)
        async with self._writing:
            await self._writer.execute("INSERT INTO users VALUES (?, ?)", (user["id"], username))
            await self._writer.execute("INSERT INTO sessions VALUES (?, ?)", (_hash(token), user["id"]))
            await self._writer.commit()
        return {"user": user, "token": token}

    async def create_room(self, user_id: str, name: str) -> dict[str, Any]:
        room = {"id": str(uuid.uuid4()), "name": name}
        async with self._writing:
            await self._writer.execute("INSERT INTO rooms VALUES (?, ?)", (room["id"], name))
            await self._writer.execute("INSERT INTO members VALUES (?, ?)", (room["id"], user_id))
            await self._writer.commit()
        return room

    async def join(self, room_id: str, user_id: str) -> None:
        async with self._writing:
            await self._writer.execute("INSERT INTO members VALUES (?, ?) ON CONFLICT DO NOTHING", (room_id, user_id))
            await self._writer.commit()

    async def authenticate(self, token: str) -> str | None:
        """Whose token it is."""
        rows = await self._rows("SELECT user_id FROM sessions WHERE token_hash = ?", _hash(token))
        return rows[0]["user_id"] if rows else None

    async def is_member(self, room_id: str, user_id: str) -> bool:
        return bool(await self._rows("SELECT 1 FROM members WHERE room_id = ? AND user_id = ?", room_id, user_id))

    async def rooms_of(self, user_id: str) -> list[str]:
        return [row["room_id"] for row in await self._rows("SELECT room_id FROM members WHERE user_id = ?", user_id)]

    async def post(self, author_id: str, room_id: str, given: NewMessage) -> Posted:
        """Write a message and its change, in one transaction."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        row = (str(uuid.uuid4()), room_id, author_id, given.body, given.client_id, given.reply_to, at)
        message = _message(dict(zip(COLUMNS.split(", "), (*row, None, None), strict=True)))
        async with self._writing:
            written = await self._writer.execute(
                "INSERT INTO messages (id, room_id, author_id, body, client_id, reply_to, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            if not written.rowcount:
                await self._writer.rollback()
                return Posted(await self._earlier(author_id, given.client_id), None)
            logged = await self._writer.execute(
                "INSERT INTO changes (type, room_id, actor_id, at, data) VALUES (?, ?, ?, ?, ?)",
                ("message_posted", room_id, author_id, at, json.dumps(message)),
            )
            await self._writer.commit()
        head = {"cursor": str(logged.lastrowid), "type": "message_posted", "room_id": room_id, "actor_id": author_id}
        return Posted(message, {**head, "at": at, "data": message})

    async def history(self, room_id: str, limit: int) -> dict[str, Any]:
        """The newest messages of a room, oldest first, and the cursor of the page before."""
        rows = await self._rows(
            f"SELECT {COLUMNS} FROM messages WHERE room_id = ? ORDER BY seq DESC LIMIT ?", room_id, limit + 1
        )
        messages = [_message(dict(row)) for row in reversed(rows[:limit])]
        return {"messages": messages, "before": messages[0]["id"] if len(rows) > limit else None, "after": None}

    async def head(self) -> str:
        rows = await self._rows("SELECT coalesce(max(id), 0) AS head FROM changes")
        return str(rows[0]["head"])

    async def changes_since(self, user_id: str, cursor: str) -> list[dict[str, Any]]:
        """What happened in somebody's rooms after a cursor."""
        rows = await self._rows(
            "SELECT changes.* FROM changes JOIN members USING (room_id)"
            " WHERE user_id = ? AND changes.id > ? ORDER BY changes.id",
            user_id,
            int(cursor),
        )
        columns = ("type", "room_id", "actor_id", "at")
        return [
            {"cursor": str(row["id"]), **{each: row[each] for each in columns}, "data": json.loads(row["data"])}
            for row in rows
        ]

    async def _earlier(self, author_id: str, client_id: str | None) -> dict[str, Any]:
        rows = await self._rows(
            f"SELECT {COLUMNS} FROM messages WHERE author_id = ? AND client_id = ?", author_id, client_id
        )
        return _message(dict(rows[0]))

    async def _rows(self, sql: str, *arguments: object) -> list[aiosqlite.Row]:
        return list(await self._reader.execute_fetchall(sql, arguments))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _message(row: dict[str, Any]) -> dict[str, Any]:
    head = {name: row[name] for name in ("id", "room_id", "author_id", "body", "client_id", "reply_to")}
    times = {name: row[name] for name in ("created_at", "edited_at", "deleted_at")}
    return {**head, "attachments": [], "reactions": [], **times}
