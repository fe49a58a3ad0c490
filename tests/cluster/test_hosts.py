"""Three hosts that know each other by Redis only: who is here, who types, whose session ends, and what is written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.cluster.everywhere import (
    comes_once,
    goes_on_after_a_sign_out,
    goes_once,
    hears_nothing_once_removed,
    pollers_hear_each_other,
)
from tests.cluster.hosts import all_hear, redis_in, running_hosts
from tests.cluster.listeners import WAYS, Listener, Way, listening
from tests.support.deadline import eventually
from tests.support.nginx import running_nginx
from tests.support.people import People, Person
from tests.support.ports import ReservedPort
from tests.support.server import Address, ServerProcess
from tests.support.sockets import SocketClient

WORKERS = (2, 1, 1)  # on each host; those of the first know each other by its mesh, and share Redis with the others
MESSAGES = 60
REVOKED_SECONDS = 1.0
POLLERS = 9
TO_ANY = "proxy_pass http://hosts; proxy_buffering off;"  # each request to the next host in turn
KINDS: tuple[Way, ...] = ("websocket", "native", "stream")  # of what a host closes by itself


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[ServerProcess]]:
    folder = tmp_path_factory.mktemp("hosts")
    redis = redis_in(folder / "redis")
    try:
        redis.start()
        with running_hosts(folder, redis.url, WORKERS) as servers:
            yield servers
    finally:
        redis.release()


@pytest.fixture
async def crowds(hosts: list[ServerProcess]) -> AsyncIterator[list[People]]:
    """Who a test has at each host."""
    await all_hear(hosts, sum(WORKERS))
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(People(server)) for server in hosts]


async def everywhere(crowds: list[People], person: Person) -> list[Person]:
    """The same session at each host."""
    there = []
    for crowd in crowds:
        found = await crowd.reconnected(person)
        there.append(found)
    return there


async def test_everybody_hears_every_message_once_and_in_one_order(
    hosts: list[ServerProcess], crowds: list[People]
) -> None:
    authors = await everywhere(crowds, await crowds[0].register())
    room = await authors[0].create_room()
    async with AsyncExitStack() as stack:
        listeners: list[Listener] = []
        for server, author in zip(hosts, authors, strict=True):
            listeners += await stack.enter_async_context(listening(server, author, len(WAYS)))
        await asyncio.gather(*(_write(author, room.id, MESSAGES // len(authors)) for author in authors))
        for listener in listeners:
            await listener.until(lambda: len(listener.changes) >= MESSAGES, "every message")  # noqa: B023
        log = (await authors[0].request("GET", "/changes", params={"since": listeners[0].start, "limit": 1000})).json()
        order = [change["cursor"] for change in log["changes"]]
        assert len(order) == MESSAGES
        for listener in listeners:
            assert [change["cursor"] for change in listener.changes] == order, listener.way
            assert (listener.lives, listener.lost) == (1, []), listener.way


async def test_polling_needs_no_affinity(hosts: list[ServerProcess], crowds: list[People], tmp_path: Path) -> None:
    with ReservedPort() as port:
        upstream = "".join(f"server {server.http_url.removeprefix('http://')};" for server in hosts)
        recipe = f"upstream hosts {{ {upstream} }} server {{ listen {port.bind}; location / {{ {TO_ANY} }} }}"
        with running_nginx(tmp_path, recipe, port):
            balancer = Address(f"http://{port.bind}", "", hosts[0].ca_file)
            await pollers_hear_each_other(balancer, await crowds[0].register(), POLLERS)


async def _write(author: Person, room_id: str, count: int) -> None:
    for number in range(count):
        await author.post(room_id, f"{number}")


async def _connected(stack: AsyncExitStack, hosts: list[ServerProcess], token: str) -> list[SocketClient]:
    return [
        await stack.enter_async_context(await SocketClient.connect(server, token=token, tls=False)) for server in hosts
    ]


async def test_somebody_is_here_once_and_gone_once(hosts: list[ServerProcess], crowds: list[People]) -> None:
    ada, bob = await crowds[0].register(), await crowds[1].register()
    async with AsyncExitStack() as stack:
        watching = await _connected(stack, hosts, ada.token)
        async with AsyncExitStack() as visit:
            await _connected(visit, hosts, bob.token)
            await comes_once(bob.id, watching)
            late = await _connected(stack, hosts, ada.token)
            for client in late:
                assert bob.id in client.named("ready")[0]["online"]
        await goes_once(bob.id, watching, late)


async def test_who_types_is_seen_on_every_host(hosts: list[ServerProcess], crowds: list[People]) -> None:
    ada, bob = await crowds[0].register(), await crowds[1].register()
    room = await ada.create_room()
    await bob.join(room.id)
    async with AsyncExitStack() as stack:
        watching = await _connected(stack, hosts, ada.token)
        (typing,) = await _connected(stack, hosts[2:], bob.token)
        for is_typing in (True, False):
            await typing.call("set_typing", {"room_id": room.id, "typing": is_typing})
            for client in watching:
                await client.wait_for("typing_changed", lambda news: news["typing"] is is_typing)  # noqa: B023


async def test_a_session_that_ends_is_over_on_every_host_within_a_second(
    hosts: list[ServerProcess], crowds: list[People]
) -> None:
    ada = await crowds[0].register()
    phone = await crowds[1].sign_in(ada.user.username)
    async with AsyncExitStack() as stack:
        staying: list[Listener] = []
        leaving: list[Listener] = []
        for server in hosts:
            staying += await stack.enter_async_context(listening(server, ada, len(KINDS), KINDS))
            leaving += await stack.enter_async_context(listening(server, phone, len(KINDS), KINDS))
        await phone.request("DELETE", "/sessions/current")
        begin = time.monotonic()
        await eventually(lambda: not any(each.there.is_set() for each in leaving), "the phone's connections to end")
        assert time.monotonic() - begin < REVOKED_SECONDS
        await goes_on_after_a_sign_out(ada, staying)


async def test_who_is_removed_hears_nothing_more_on_any_host(hosts: list[ServerProcess], crowds: list[People]) -> None:
    ada, bob = await crowds[0].register(), await crowds[1].register()
    room = await ada.create_room(visibility="private")
    await ada.add(room.id, bob)
    async with AsyncExitStack() as stack:
        theirs: list[Listener] = []
        for server in hosts:
            theirs += await stack.enter_async_context(listening(server, bob, len(KINDS), KINDS))
        await hears_nothing_once_removed(ada, bob, room.id, theirs)


async def test_the_people_of_a_host_that_is_killed_are_gone_after_a_while(
    hosts: list[ServerProcess], crowds: list[People]
) -> None:
    ada, bob = await crowds[0].register(), await crowds[1].register()
    async with AsyncExitStack() as stack:
        watching = await _connected(stack, hosts[:2], ada.token)
        (client,) = await _connected(stack, hosts[2:], bob.token)
        await comes_once(bob.id, watching)
        await hosts[2].kill()
        try:
            await client.disconnected.wait()
            await goes_once(bob.id, watching)
        finally:
            await asyncio.to_thread(hosts[2].start)
