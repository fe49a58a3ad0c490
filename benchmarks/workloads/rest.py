"""REST: pages of history, and posts that are on the disk when they are answered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from benchmarks.load.chat import TEXT, Room, open_room
from benchmarks.load.http import Connection, Response, request
from benchmarks.meter import Measured, Meter, measuring
from benchmarks.running import Running

CONNECTIONS = 16
PAGE = 50
_OK, _CREATED = 200, 201


@dataclass(frozen=True)
class HistoryPage:
    """The newest page of a room's history, again and again."""

    requests: int
    warm_up: int

    async def run(self, server: Running) -> Measured:
        async with open_room(server, 1) as room:
            for number in range(PAGE):
                await room.post(f"{TEXT} {number}")
            asked = request("GET", f"{room.path}?limit={PAGE}", room.members[0].token)
            meter, responses = await _measure(server, itertools.repeat(asked), self.warm_up, self.requests)
        bodies = {response.body for response in responses}
        assert len(bodies) == 1, "the page changed while nothing was posted"
        messages = orjson.loads(bodies.pop())["messages"]
        assert [each["body"] for each in messages] == [f"{TEXT} {number}" for number in range(PAGE)]
        assert {response.status for response in responses} == {_OK}
        return Measured.by(meter, requests_per_s=self.requests / meter.seconds)


@dataclass(frozen=True)
class DurablePost:
    """Messages posted over REST."""

    requests: int
    warm_up: int

    async def run(self, server: Running) -> Measured:
        async with open_room(server, 1) as room:
            meter, responses = await _measure(server, _posts(room), self.warm_up, self.requests)
            posted = [response.json() for response in responses]
            assert all(response.status == _CREATED for response in responses), responses[0]
            assert len({each["id"] for each in posted}) == self.requests
            server.check_committed((each["id"], each["body"]) for each in posted)
        return Measured.by(meter, requests_per_s=self.requests / meter.seconds)


def _posts(room: Room) -> Iterator[bytes]:
    for number in itertools.count():
        command = {"body": f"{TEXT} {number}", "client_id": f"post-{number}"}
        yield request("POST", room.path, room.members[0].token, command)


async def _measure(
    server: Running, requests: Iterator[bytes], warm_up: int, count: int
) -> tuple[Meter, list[Response]]:
    """`count` of the requests after `warm_up` of them, one under way on each connection."""
    connections = [await Connection.open(server) for _ in range(CONNECTIONS)]
    await _ask_all(connections, itertools.islice(requests, warm_up))
    asked = list(itertools.islice(requests, count))  # made before time is taken
    with measuring(server) as meter:
        responses = await _ask_all(connections, iter(asked))
    for connection in connections:
        connection.close()
    assert len(responses) == count
    return meter, responses


async def _ask_all(connections: list[Connection], requests: Iterator[bytes]) -> list[Response]:
    responses: list[Response] = []

    async def work(connection: Connection) -> None:
        for each in requests:
            responses.append(await connection.ask(each))

    await asyncio.gather(*(work(connection) for connection in connections))
    return responses
