"""Volume: whether a server slows down with what it keeps. It is asked the same of a small, a large and a huge room."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.load.chat import TEXT, Room, open_room
from benchmarks.load.http import Connection, request
from benchmarks.meter import Measured, measuring
from benchmarks.running import Running, running

PAGE = 50
_OK = 200
# As Hubbub writes a message and its change; ids sort by time, and so do these.
_FILL = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO messages (id, room_id, room_seq, author_id, body, created_at)
SELECT printf('%026d', n), :room, n, :author, :text || ' ' || n, '2026-01-01T00:00:00.000Z' FROM numbers
"""
_LOG = """
INSERT INTO changes (type, room_id, actor_id, at, message_id, data)
SELECT 'message_posted', room_id, author_id, created_at, id, json_object(
    'id', id, 'room_id', room_id, 'author_id', author_id, 'body', body, 'client_id', NULL, 'reply_to', NULL,
    'attachments', json('[]'), 'reactions', json('[]'), 'created_at', created_at, 'edited_at', NULL, 'deleted_at', NULL
) FROM messages WHERE room_id = :room ORDER BY room_seq
"""
_COUNT = "UPDATE rooms SET last_seq = :count, last_message_at = '2026-01-01T00:00:00.000Z' WHERE id = :room"


@dataclass(frozen=True)
class _Kept:
    """A server with so many messages, and the two requests that it is asked."""

    count: int
    server: Running
    connection: Connection
    history: bytes
    rooms: bytes


@dataclass(frozen=True)
class Volume:
    """Milliseconds of a page from the middle of a room's history, and of the list of rooms with what is unread.

    The servers are asked in turn, so that what else the machine does falls on all of them; the ratios are the last
    one's to the first one's. Of the `server` it is given it takes the side: each of its servers has data of its own.
    """

    counts: Sequence[int]  # rising
    requests: int  # of each kind, to each server

    async def run(self, server: Running) -> Measured:
        history: dict[int, list[float]] = {count: [] for count in self.counts}
        unread: dict[int, list[float]] = {count: [] for count in self.counts}
        async with AsyncExitStack() as servers:
            kept = [await servers.enter_async_context(_keeping(server, count)) for count in self.counts]
            with measuring(kept[-1].server) as meter:
                for _ in range(self.requests):
                    for each in kept:
                        history[each.count].append(await _timed(each.connection, each.history))
                        unread[each.count].append(await _timed(each.connection, each.rooms))
            for each in kept:
                await _check(each)
        few, many = self.counts[0], self.counts[-1]
        return Measured.by(
            meter,
            **{f"history_ms_{count}": 1000 * statistics.median(history[count]) for count in self.counts},
            **{f"unread_ms_{count}": 1000 * statistics.median(unread[count]) for count in self.counts},
            history_ratio=statistics.median(history[many]) / statistics.median(history[few]),
            unread_ratio=statistics.median(unread[many]) / statistics.median(unread[few]),
        )


@asynccontextmanager
async def _keeping(server: Running, count: int) -> AsyncIterator[_Kept]:
    """A server of its own, on a database that was filled while none ran on it."""
    folder = Path(tempfile.mkdtemp(prefix="hubbub-bench-"))
    try:
        async with running(server.side, folder) as empty, open_room(empty, 2) as room:
            made = room
        _fill(folder / "hubbub.db", made, count)
        async with running(server.side, folder) as full:
            connection = await Connection.open(full)
            reader = made.members[1].token
            middle = f"{count // 2:026}"
            history = request("GET", f"{made.path}?limit={PAGE}&before={middle}", reader)
            yield _Kept(count, full, connection, history, request("GET", "/api/v1/rooms", reader))
            connection.close()
    finally:
        shutil.rmtree(folder)


def _fill(database: Path, room: Room, count: int) -> None:
    values = {"count": count, "room": room.id, "author": room.members[0].user_id, "text": TEXT}
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in (_FILL, _LOG, _COUNT):
            connection.execute(statement, values)


async def _timed(connection: Connection, asked: bytes) -> float:
    start = time.perf_counter()
    response = await connection.ask(asked)
    took = time.perf_counter() - start
    assert response.status == _OK, response.body
    return took


async def _check(kept: _Kept) -> None:
    page = orjson.loads((await kept.connection.ask(kept.history)).body)["messages"]
    middle = kept.count // 2
    assert [each["id"] for each in page] == [f"{number:026}" for number in range(middle - PAGE, middle)]
    (room,) = orjson.loads((await kept.connection.ask(kept.rooms)).body)["rooms"]
    assert room["membership"]["unread_count"] == kept.count
