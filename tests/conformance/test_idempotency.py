"""Sent fifty times at once, by every way there is: done once, and answered alike, for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, get_args

import httpx

from tests.support.people import PASSWORD, People, Person
from tests.support.reading import read_history, read_list, read_log
from tests.support.rest import API, rest_client
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient, Transport

AT_ONCE = 50
FEW = 10  # where each answer costs the checking of a password
Json = dict[str, Any]
# Sends one body under the one key of the test; the answer, or the code of its refusal.
Way = Callable[[str], Awaitable[Json | str]]


def by_rest(client: httpx.AsyncClient, room_id: str, key: str, *, header: bool, field: bool) -> Way:
    """Post by a request, with the key as `Idempotency-Key`, as `client_id`, or as both."""

    async def send(body: str) -> Json | str:
        message = {"body": body, **({"client_id": key} if field else {})}
        headers = {"idempotency-key": key} if header else {}
        return outcome(await client.post(f"{API}/rooms/{room_id}/messages", json=message, headers=headers))

    return send


def by_socket(socket: SocketClient, room_id: str, key: str) -> Way:
    """Post by the command."""

    async def send(body: str) -> Json | str:
        answer = await socket.ask("post_message", {"room_id": room_id, "body": body, "client_id": key})
        found: Json | str = answer["data"] if answer["ok"] else answer["error"]["code"]
        return found

    return send


def outcome(response: httpx.Response) -> Json | str:
    """What a request came to."""
    body: Json = response.json()
    if response.status_code == httpx.codes.CREATED:
        return body
    assert response.headers["content-type"] == "application/problem+json"
    return str(body["code"])


@asynccontextmanager
async def every_way(server: ServerProcess, person: Person, room_id: str, key: str) -> AsyncIterator[list[Way]]:
    """All the ways to post, over connections of their own, until there are fifty."""
    async with AsyncExitStack() as stack:
        found: list[Way] = []
        for http2 in (True, False):
            client = await stack.enter_async_context(rest_client(server, http2=http2, token=person.token))
            for header, field in ((True, False), (False, True), (True, True)):
                found.append(by_rest(client, room_id, key, header=header, field=field))
        for tls in (True, False):
            for transport in get_args(Transport):
                socket = await SocketClient.connect(server, token=person.token, transports=[transport], tls=tls)
                found.append(by_socket(await stack.enter_async_context(socket), room_id, key))
        yield (found * AT_ONCE)[:AT_ONCE]


async def all_at_once(ways: Sequence[Way], body: str) -> list[Json | str]:
    """The answers of all of them."""
    return await asyncio.gather(*(way(body) for way in ways))


async def test_one_message_however_often_it_is_sent(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada, bob = await people.register(), await people.register()
        room = await ada.create_room()
        await bob.join(room.id)
        async with (
            await SocketClient.connect(fresh_server, token=bob.token) as listener,
            every_way(fresh_server, ada, room.id, "one key") as ways,
        ):
            start = listener.cursor
            first, *others = await all_at_once(ways, "once and for all")
            assert isinstance(first, dict)
            assert (first["body"], first["client_id"]) == ("once and for all", "one key")
            assert others == [first] * (AT_ONCE - 1)
            assert await all_at_once(ways, "something else") == ["conflict"] * AT_ONCE
            edited = await ada.edit(first["id"], "edited")
            assert await all_at_once(ways, "once and for all") == [first] * AT_ONCE
            assert await all_at_once(ways, edited.body) == ["conflict"] * AT_ONCE
            await listener.wait_for("message_edited")
            log, _ = await read_log(listener, start)
            assert [change["type"] for change in log] == ["message_posted", "message_edited"]
            assert listener.changes == log
        await fresh_server.restart()
        ada = await people.reconnected(ada)
        async with every_way(fresh_server, ada, room.id, "one key") as ways:
            assert await all_at_once(ways, "once and for all") == [first] * AT_ONCE
            assert await all_at_once(ways, "something else") == ["conflict"] * AT_ONCE
            await ada.delete(first["id"])
            # Its words are gone for good, from the answer as well.
            assert await all_at_once(ways, "once and for all") == [{**first, "body": ""}] * AT_ONCE
        assert [message["id"] for message in await read_history(ada, room.id)] == [first["id"]]


async def test_one_key_is_of_one_author_and_of_one_room(shared_server: ServerProcess) -> None:
    async with People(shared_server) as people:
        ada, bob = await people.register(), await people.register()
        room, other = await ada.create_room(), await ada.create_room()
        await bob.join(room.id)
        hers = await ada.post(room.id, "the same words", client_id="the same key")
        his = await bob.post(room.id, "the same words", client_id="the same key")
        assert hers.id != his.id
        elsewhere = by_rest(ada.client, other.id, "the same key", header=False, field=True)
        assert await elsewhere("the same words") == "conflict"


def account(username: str) -> Json:
    return {"username": username, "password": PASSWORD, "display_name": "Ada"}


async def send_at_once(
    server: ServerProcess, path: str, body: Json, token: str | None = None, times: int = AT_ONCE
) -> list[Json | str]:
    """The same POST many times, over both versions of HTTP."""
    async with rest_client(server, token=token) as newer, rest_client(server, http2=False, token=token) as older:
        clients = [(newer, older)[number % 2] for number in range(times)]
        headers = {"idempotency-key": f"one key for {path}"}
        posts = (client.post(f"{API}{path}", json=body, headers=headers) for client in clients)
        return [outcome(response) for response in await asyncio.gather(*posts)]


async def test_one_account_however_often_it_is_made(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        first, *others = await send_at_once(fresh_server, "/users", account("ada"))
        assert isinstance(first, dict)
        assert others == [first] * (AT_ONCE - 1)
        await fresh_server.restart()
        assert await send_at_once(fresh_server, "/users", account("ada"), times=FEW) == [first] * FEW
        other = account("ada") | {"display_name": "Another Ada"}
        assert await send_at_once(fresh_server, "/users", other, times=FEW) == ["conflict"] * FEW
        # The token is in the answer, so it is not for somebody who does not know the password.
        stranger = account("ada") | {"password": "another password altogether"}
        assert await send_at_once(fresh_server, "/users", stranger, times=FEW) == ["unauthenticated"] * FEW
        bob = await people.register("bob")
        assert [user["username"] for user in await read_list(bob, "/users", "users")] == ["ada", "bob"]
        async with rest_client(fresh_server, token=first["token"]) as client:
            assert (await client.get(f"{API}/users/me")).json() == first["user"]


async def test_one_session_however_often_it_is_opened(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register("ada")
        body = {"username": "ada", "password": PASSWORD}
        first, *others = await send_at_once(fresh_server, "/sessions", body)
        assert isinstance(first, dict)
        assert others == [first] * (AT_ONCE - 1)
        assert first["token"] != ada.token
        await fresh_server.restart()
        ada = await people.reconnected(ada)
        assert await send_at_once(fresh_server, "/sessions", body, times=FEW) == [first] * FEW
        stranger = body | {"password": "another password altogether"}
        assert await send_at_once(fresh_server, "/sessions", stranger, times=FEW) == ["unauthenticated"] * FEW
        sessions = (await ada.request("GET", "/sessions")).json()["sessions"]
        assert [session["current"] for session in sessions] == [True, False]
        async with await SocketClient.connect(fresh_server, token=first["token"]) as socket:
            assert socket.named("ready")[0]["user"] == first["user"]


@dataclass(frozen=True)
class Making:
    """What is made by one POST and how, and another body for the same key."""

    path: str
    body: Json
    other: Json
    rooms: int


async def test_one_room_however_often_it_is_made(fresh_server: ServerProcess) -> None:
    body = {"name": "Den", "visibility": "private"}
    async with People(fresh_server) as people:
        ada = await people.register()
        await check_made_once(people, ada, Making("/rooms", body, body | {"visibility": "public"}, rooms=1))


async def test_one_direct_room_however_often_it_is_made(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada, bob, eve = [await people.register() for _ in range(3)]
        making = Making("/rooms/direct", {"user_ids": [bob.id]}, {"user_ids": [eve.id]}, rooms=1)
        await check_made_once(people, ada, making)


async def test_one_invite_however_often_it_is_made(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        owner = await people.register()
        await check_made_once(people, owner, Making("/invites", {"max_uses": 1}, {"max_uses": 2}, rooms=0))


async def check_made_once(people: People, maker: Person, making: Making) -> None:
    """Make it fifty times at once and, after a restart, fifty times more."""
    server = people.server
    assert isinstance(server, ServerProcess)
    async with await SocketClient.connect(server, token=maker.token) as listener:
        start = listener.cursor
        first, *others = await send_at_once(server, making.path, making.body, maker.token)
        assert isinstance(first, dict)
        assert others == [first] * (AT_ONCE - 1)
        log, _ = await read_log(listener, start)
    await server.restart()
    maker = await people.reconnected(maker)
    assert await send_at_once(server, making.path, making.body, maker.token) == [first] * AT_ONCE
    assert await send_at_once(server, making.path, making.other, maker.token) == ["conflict"] * AT_ONCE
    assert len({change["room_id"] for change in log}) == making.rooms
    assert len(await read_list(maker, "/rooms", "rooms")) == making.rooms
