"""Event streams whose clients are gone from one moment to the next: nothing of them stays in the server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hubbub.application import create_app
from hubbub.settings import Settings
from tests.support.deadline import eventually
from tests.support.http2 import Http2Connection
from tests.support.hypercorn_here import hypercorn_here
from tests.support.people import People, Person
from tests.support.rest import API
from tests.support.server import Address
from tests.support.subscriptions import until_subscribed

STREAMS = 200
ROUNDS = 4
ON_ONE_CONNECTION = 50  # of HTTP/2


async def plain_stream(server: Address, person: Person) -> asyncio.StreamWriter:
    address = urlsplit(server.http_url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    fields = f"host: {address.netloc}\r\nauthorization: Bearer {person.token}\r\n\r\n"
    writer.write(f"GET {API}/events HTTP/1.1\r\n{fields}".encode())
    return writer


async def open_streams(server: Address, person: Person, count: int, *, http2: bool) -> list[asyncio.StreamWriter]:
    """The ends that can be cut."""
    if not http2:
        return [await plain_stream(server, person) for _ in range(count)]
    writers = []
    for _ in range(0, count, ON_ONE_CONNECTION):
        connection = await Http2Connection.connect(server)
        for _ in range(ON_ONE_CONNECTION):
            await connection.open_stream("GET", f"{API}/events", [("authorization", f"Bearer {person.token}")])
        writers.append(connection._writer)
    return writers


@pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
async def test_two_hundred_streams_that_drop_leave_no_task_behind(tmp_path: Path, http2: bool) -> None:
    environment = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off"}
    settings = Settings.from_environment(environment | {"HUBBUB_DATA_DIR": str(tmp_path)})
    async with hypercorn_here(create_app(settings), tmp_path) as server, People(server) as people:
        ada = await people.register()

        await until_subscribed(ada, 0)
        # Counted, since the connection that asks has others after each answer, to notice that it is idle.
        before = len(asyncio.all_tasks())
        for turn in range(ROUNDS):
            count = STREAMS // ROUNDS
            writers = await open_streams(server, ada, count, http2=http2)
            if turn % 2 == 0:  # else they go while they are being opened
                await until_subscribed(ada, count)
            for writer in writers:
                writer.transport.abort()
            await until_subscribed(ada, 0)
            await eventually(lambda: len(asyncio.all_tasks()) <= before, "every task to end")
