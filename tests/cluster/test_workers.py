"""Four workers without a balancer in front: whatever a client uses, it hears of everything once."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster.everywhere import pollers_hear_each_other
from tests.cluster.listeners import listening
from tests.support.people import People, Person
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient

CLIENTS = 200
MESSAGES = 60
WRITERS = 6
POLLERS = 24


@pytest.mark.seed("4.10")
async def test_polling_needs_no_sticky_sessions(workers: ServerProcess, crowd: People) -> None:
    ada = await crowd.register()
    await pollers_hear_each_other(workers, ada, POLLERS)


async def test_two_hundred_clients_of_every_kind_hear_every_message_once(
    workers: ServerProcess, crowd: People
) -> None:
    ada = await crowd.register()
    room = await ada.create_room()
    authors = [ada, *[await crowd.register() for _ in range(WRITERS - 1)]]
    for author in authors[1:]:
        await author.join(room.id)
    async with listening(workers, ada, CLIENTS) as listeners:
        posted = await asyncio.gather(*(_write(author, room.id, MESSAGES // WRITERS) for author in authors))
        expected = {message for messages in posted for message in messages}
        for listener in listeners:
            await listener.until(lambda: len(listener.changes) >= MESSAGES, "every message to come")  # noqa: B023
        log = (await ada.request("GET", "/changes", params={"since": listeners[0].start, "limit": 1000})).json()
        order = [change["data"]["id"] for change in log["changes"]]
        assert set(order) == expected
        for listener in listeners:
            assert [change["data"]["id"] for change in listener.changes] == order, listener.way
            assert (listener.lives, listener.lost) == (1, []), listener.way
            if isinstance(listener.client, SocketClient):
                assert listener.client.refusals == [], listener.way


async def _write(author: Person, room_id: str, count: int) -> list[str]:
    return [(await author.post(room_id, f"{number}")).id for number in range(count)]
