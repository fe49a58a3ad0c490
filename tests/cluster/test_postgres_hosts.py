"""Two servers with nothing in common but a PostgreSQL database, as on two hosts."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import OPEN
from tests.support.machine import require
from tests.support.people import PASSWORD, People, Person
from tests.support.postgres import PostgresServer
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient

MESSAGES = 30  # of each who writes, while others do at both hosts


@pytest.fixture(scope="module")
def database_url(postgres: PostgresServer) -> str:
    return postgres.make_database().url


@pytest.fixture(scope="module")
def hosts(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[ServerProcess]]:
    """For the tests of a module that stop neither; their logs are checked at the end."""
    env = {**OPEN, "HUBBUB_DATABASE_URL": database_url}
    servers = [ServerProcess(tmp_path_factory.mktemp("host"), env=env) for _ in range(2)]
    try:
        for server in servers:
            server.start()
        yield servers
        for server in servers:
            server.end()
    finally:
        for server in servers:
            server.release()


@pytest.fixture
async def crowds(hosts: list[ServerProcess]) -> AsyncIterator[list[People]]:
    """Who a test has at each."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(People(server)) for server in hosts]


async def at_both(crowds: list[People]) -> list[Person]:
    """One account, signed in at each host."""
    there = await crowds[0].register()
    return [there, await crowds[1].sign_in(there.user.username, PASSWORD)]


def posted(client: SocketClient, room_id: str) -> list[str]:
    return [change["data"]["id"] for change in client.changes if change["room_id"] == room_id and _is_post(change)]


def _is_post(change: dict[str, Any]) -> bool:
    return bool(change["type"] == "message_posted")


async def test_each_hears_what_the_other_writes_once_and_in_one_order(
    hosts: list[ServerProcess], crowds: list[People]
) -> None:
    ada = await at_both(crowds)
    room = await ada[0].create_room()
    async with AsyncExitStack() as stack:
        listeners = [
            await stack.enter_async_context(await SocketClient.connect(hosts[number % 2], token=ada[number % 2].token))
            for number in range(4)
        ]

        async def by_socket(writer: SocketClient) -> list[str]:
            posts = [{"room_id": room.id, "body": f"{each}", "client_id": f"{each}"} for each in range(MESSAGES)]
            return [(await writer.call("post_message", post))["id"] for post in posts]

        async def by_rest(writer: Person) -> list[str]:
            return [(await writer.post(room.id, f"{each}")).id for each in range(MESSAGES)]

        acknowledged = await asyncio.gather(by_socket(listeners[0]), by_rest(ada[0]), by_rest(ada[1]))
        assert await by_socket(listeners[1]) == acknowledged[0], "a client id is known at the other host"
        everything = {each for group in acknowledged for each in group}
        for listener in listeners:
            await listener.wait_until(lambda: len(posted(listener, room.id)) >= len(everything), "every message")  # noqa: B023
        heard = [posted(listener, room.id) for listener in listeners]
    assert set(heard[0]) == everything
    assert len(heard[0]) == len(everything), "once"
    assert heard[1:] == heard[:1] * 3, "in one order"
    history = await ada[1].history(room.id, limit=100)
    assert [message.id for message in history.messages] == heard[0], "which is that of the log"


async def test_a_client_comes_back_at_the_other_host(hosts: list[ServerProcess], crowds: list[People]) -> None:
    ada = await at_both(crowds)
    room = await ada[0].create_room()
    async with await SocketClient.connect(hosts[0], token=ada[0].token) as client:
        first = await ada[1].post(room.id, "heard at the first host")
        await client.wait_until(lambda: posted(client, room.id) == [first.id], "the message of the other host")
        cursor = client.cursor
    missed = [(await ada[0].post(room.id, f"missed {number}")).id for number in range(3)]
    async with await SocketClient.connect(hosts[1], token=ada[1].token, cursor=cursor) as client:
        assert posted(client, room.id) == missed
        assert client.named("ready")[0]["resumed"]
        last = await ada[0].post(room.id, "live again")
        await client.wait_until(lambda: posted(client, room.id) == [*missed, last.id], "what comes after")


async def test_a_session_that_ends_at_one_host_is_over_at_the_other(
    hosts: list[ServerProcess], crowds: list[People]
) -> None:
    ada = await at_both(crowds)
    # The session of the first host, used at the second.
    async with await SocketClient.connect(hosts[1], token=ada[0].token) as client:
        await ada[0].request("DELETE", "/sessions/current")
        await client.wait_for_end()
    moved = await crowds[1].reconnected(ada[0])
    assert (await moved.client.get("/api/v1/users/me")).status_code == 401


async def test_what_the_command_line_writes_is_heard_at_both(
    hosts: list[ServerProcess], crowds: list[People], database_url: str, tmp_path: Path
) -> None:
    ada = await at_both(crowds)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(await SocketClient.connect(host, token=person.token))
            for host, person in zip(hosts, ada, strict=True)
        ]
        made = await asyncio.to_thread(
            subprocess.run,
            [str(require("hubbub")), "user", "by-hand", "--password", PASSWORD],
            env={"HUBBUB_DATA_DIR": str(tmp_path), "HUBBUB_DATABASE_URL": database_url, "PATH": ""},
            capture_output=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        for client in clients:
            await client.wait_for("user_changed", lambda change: change["data"]["username"] == "by-hand")
