"""The power is cut twenty times while ten clients write: nothing acknowledged is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.support.chance import seeded
from tests.support.deadline import within
from tests.support.people import People, Person
from tests.support.reading import read_history, read_log
from tests.support.resuming import Post, ResumingClient, post_until_acknowledged
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient

CLIENTS = 10
POSTS_PER_CLIENT = 200
IN_FLIGHT_PER_CLIENT = 3  # so that each kill meets some that were read, some that were written, some that wait
KILLS = 20
SECONDS = 240.0  # for all of it, on a machine that does much else


@dataclass
class PowerCuts:
    """Kills the server whenever so many posts have been acknowledged, and starts it again."""

    server: ServerProcess
    moments: list[int]
    up: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)  # {client_id: message}
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledge(self, message: dict[str, Any]) -> None:
        """Count an acknowledgement."""
        assert message["client_id"] not in self.acknowledged
        self.acknowledged[message["client_id"]] = message
        self._more.set()

    async def run(self) -> None:
        """Do all the kills."""
        for moment in self.moments:
            while len(self.acknowledged) < moment:
                self._more.clear()
                await self._more.wait()
            self.up.clear()
            await self.server.kill()
            await asyncio.to_thread(self.server.start)
            self.up.set()


def pick_moments(chance: random.Random) -> list[int]:
    """After how many acknowledgements the power is cut: never before the first and never after the last."""
    return sorted(chance.sample(range(1, CLIENTS * POSTS_PER_CLIENT - CLIENTS * IN_FLIGHT_PER_CLIENT), KILLS))


async def write(cuts: PowerCuts, post: Post, room_id: str, name: str) -> None:
    """One client's posts, a few at a time."""
    numbers = iter(range(POSTS_PER_CLIENT))

    async def work() -> None:
        for number in numbers:
            client_id = f"{name}-{number}"
            cuts.acknowledge(await post_until_acknowledged(post, room_id, f"{number} of {name}", client_id))

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT_PER_CLIENT)))


def make_clients(cuts: PowerCuts, people: list[Person], start: str) -> list[ResumingClient]:
    """They hear over WebSocket and by polling, with TLS and without."""
    return [
        ResumingClient(
            cuts.server,
            person,
            cuts.up,
            cursor=start,
            transport="polling" if number % 5 == 4 else "websocket",
            tls=number % 2 == 0,
        )
        for number, person in enumerate(people)
    ]


async def write_all(cuts: PowerCuts, clients: list[ResumingClient], room_id: str) -> None:
    """Everybody's posts, by REST and over sockets, while the power is cut."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(cuts.run())
        for number, client in enumerate(clients):
            post = client.post_by_rest if number % 3 == 0 else client.post_by_socket
            tasks.create_task(write(cuts, post, room_id, f"client {number}"))


async def search_all(person: Person, words: str) -> list[dict[str, Any]]:
    """Every message with these words, newest first, page by page."""
    found: list[dict[str, Any]] = []
    query = {"q": words, "limit": "100"}
    while True:
        page = (await person.request("GET", f"/search?{urlencode(query)}")).json()
        found += page["messages"]
        if page["before"] is None:
            return found
        query["before"] = page["before"]


async def test_no_kill_loses_or_doubles_anything(fresh_server: ServerProcess) -> None:
    cuts = PowerCuts(fresh_server, pick_moments(seeded()))
    async with within(SECONDS, "all posts in spite of all kills"), People(fresh_server, http2=False) as people:
        owner = await people.register()
        room = await owner.create_room()
        writers = [await people.register() for _ in range(CLIENTS)]
        for writer in writers:
            await writer.join(room.id)
        async with await SocketClient.connect(fresh_server, token=owner.token) as socket:
            start = socket.cursor
        clients = make_clients(cuts, writers, start)
        async with asyncio.TaskGroup() as listening:
            for client in clients:
                listening.create_task(client.listen())
            # Otherwise all kills may be over when the last of them comes.
            cuts.up.set()
            for client in clients:
                await client.connected()
            await write_all(cuts, clients, room.id)
            async with await SocketClient.connect(fresh_server, token=owner.token) as socket:
                log, _ = await read_log(socket, start)
            for client in clients:
                await client.finish(log[-1]["cursor"])
        history = await read_history(owner, room.id)
        found = await search_all(owner, "of")

    assert len(cuts.acknowledged) == CLIENTS * POSTS_PER_CLIENT
    assert {change["type"] for change in log} == {"message_posted"}
    assert len({change["cursor"] for change in log}) == len(log)
    logged = [change["data"] for change in log]
    assert len(logged) == len(cuts.acknowledged)
    assert {message["client_id"]: message for message in logged} == cuts.acknowledged
    assert logged == history
    assert logged == found[::-1]
    for client in clients:
        assert client.connections > 1
        assert client.heard == log
