"""Volume: whether a server slows down with what it keeps. It is asked the same of a small, a large and a huge room."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.load.chat import TEXT, Room, open_room
from benchmarks.load.http import Connection, request
from benchmarks.meter import Measured, measuring
from benchmarks.running import Running, running

PAGE = 50
POLL_SECONDS = 0.1
_OK, _BUSY = 200, 503
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
KINDS = ("history", "unread", "search", "search_rare")


@dataclass(frozen=True)
class _Kept:
    """A server with so many messages in a room."""

    count: int
    server: Running
    room: Room

    def requests(self, step: int) -> Mapping[str, bytes]:
        """{kind: request}; other pages and another word at each step, as what was answered once may be known."""
        place = self.count // 2 - step
        paths = {
            "history": f"{self.room.path}?limit={PAGE}&before={place:026}",
            "unread": "/api/v1/rooms",
            "search": f"/api/v1/search?q=line+chat&limit={PAGE}",
            "search_rare": f"/api/v1/search?q={place}&limit={PAGE}",
        }
        return {kind: request("GET", paths[kind], self.room.members[1].token) for kind in KINDS}


@dataclass(frozen=True)
class Volume:
    """Milliseconds of a page from the middle of a room's history, and of the list of rooms with what is unread; of a
    search for two words that every message has, and for one that a single message has, in the middle.

    The servers are asked in turn, so that what else the machine does falls on all of them; the ratios are the last
    one's to the first one's. Of the `server` it is given it takes the side: each of its servers has data of its own.
    """

    counts: Sequence[int]  # rising
    requests: int  # of each kind, to each server

    async def run(self, server: Running) -> Measured:
        took: dict[tuple[str, int], list[float]] = {(kind, count): [] for kind in KINDS for count in self.counts}
        async with AsyncExitStack() as servers:
            kept = [await servers.enter_async_context(_keeping(server, count)) for count in self.counts]
            # Only now: a server closes a connection that is idle for as long as it takes to fill the next one.
            connections = [(each, await Connection.open(each.server)) for each in kept]
            with measuring(kept[-1].server) as meter:
                for step in range(self.requests):
                    for each, connection in connections:
                        for kind, asked in each.requests(step).items():
                            took[kind, each.count].append(await _timed(connection, asked))
            for each, connection in connections:
                await _check(each, connection)
                connection.close()
        median = {of: statistics.median(times) for of, times in took.items()}
        few, many = self.counts[0], self.counts[-1]
        return Measured.by(
            meter,
            **{f"{kind}_ms_{count}": 1000 * median[kind, count] for kind in KINDS for count in self.counts},
            **{f"{kind}_ratio": median[kind, many] / median[kind, few] for kind in KINDS},
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
            kept = _Kept(count, full, made)
            await _until_searchable(kept)
            yield kept
    finally:
        shutil.rmtree(folder)


async def _until_searchable(kept: _Kept) -> None:
    """What was put into the database is indexed by the server that finds it there."""
    connection = await Connection.open(kept.server)
    # The server has no other way to say it.
    while (await connection.ask(kept.requests(0)["search"])).status == _BUSY:  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)
    connection.close()


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


async def _check(kept: _Kept, connection: Connection) -> None:
    asked = kept.requests(0)
    answers = {kind: orjson.loads((await connection.ask(asked[kind])).body) for kind in KINDS}
    middle = kept.count // 2
    assert _ids(answers["history"]) == [f"{number:026}" for number in range(middle - PAGE, middle)]
    (room,) = answers["unread"]["rooms"]
    assert room["membership"]["unread_count"] == kept.count
    assert _ids(answers["search"]) == [f"{kept.count - number:026}" for number in range(PAGE)]
    assert _ids(answers["search_rare"]) == [f"{middle:026}"]


def _ids(answer: dict[str, Any]) -> list[str]:
    return [message["id"] for message in answer["messages"]]
