"""Event streams and long polls at the real server: the same changes as everywhere, and no harm to anybody else."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.deadline import DEADLINE, eventually
from tests.support.event_streams import EventListener, listen
from tests.support.http2 import Http2Connection
from tests.support.people import People, Person
from tests.support.rest import API, rest_client
from tests.support.server import ServerProcess
from tests.support.sockets import SocketClient
from tests.support.subscriptions import subscriptions, until_subscribed

MANY_POLLS = 200
AT_THE_DRAIN = 50  # streams, and as many polls; half of each over HTTP/2
DRAINED_SECONDS = 2.0  # one, and one for a machine under load; the grace alone is three
REVOKED_SECONDS = 1.0
LONG = 50  # seconds that a poll asks to wait; no test does

Json = dict[str, Any]


async def now(person: Person) -> str:
    return str((await person.request("GET", "/changes")).json()["cursor"])


async def poll(person: Person, since: str, wait: float = LONG) -> Json:
    answer = await person.client.get(f"{API}/changes", params={"since": since, "wait": wait}, timeout=None)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def of_room(changes: list[Json], room_id: str) -> list[Json]:
    return [change for change in changes if change["room_id"] == room_id]


@pytest.mark.parametrize("http2", [True, False], ids=["HTTP/2", "HTTP/1.1"])
async def test_a_client_that_comes_back_after_a_restart_misses_and_repeats_nothing(
    fresh_server: ServerProcess, http2: bool
) -> None:
    async with People(fresh_server, http2=http2) as people:
        ada = await people.register()
        room = (await ada.create_room()).id
        start = await now(ada)
    visitor = Visitor(ada, start, start)
    for visit in range(3):
        async with rest_client(fresh_server, http2=http2, token=ada.token) as client:
            await visitor.stay(Person(client, ada.user, ada.token), room, visit, fresh_server)
        await asyncio.to_thread(fresh_server.start)
        async with rest_client(fresh_server, http2=http2, token=ada.token) as client:
            await Person(client, ada.user, ada.token).post(room, f"while nobody heard, {visit}")
    async with (
        rest_client(fresh_server, http2=http2, token=ada.token) as client,
        listen(client, last_event_id=visitor.cursor) as stream,
        await SocketClient.connect(fresh_server, token=ada.token, cursor=start) as socket,
    ):
        visitor.note(await stream.ready())
        page = await poll(Person(client, ada.user, ada.token), visitor.place)
        whole = await socket.call("get_changes", {"since": start, "limit": 1000})
        assert visitor.heard == visitor.polled + page["changes"] == socket.changes == whole["changes"]
        assert len({change["cursor"] for change in visitor.heard}) == len(visitor.heard) == 33


@dataclass
class Visitor:
    """Somebody who comes and goes, and knows what they heard by stream and by poll."""

    person: Person
    cursor: str  # of the stream
    place: str  # of the polls
    heard: list[Json] = field(default_factory=list)
    polled: list[Json] = field(default_factory=list)

    async def stay(self, person: Person, room: str, visit: int, server: ServerProcess) -> None:
        """Listen and write, until the server goes away."""
        async with listen(person.client, last_event_id=self.cursor) as stream:
            await stream.ready()
            waiting = asyncio.create_task(poll(person, self.place))
            for number in range(10):
                last = (await person.post(room, f"{number} of {visit}")).id
            await stream.wait_until(lambda: any(last in event.text for event in stream.changes), "the last message")
            page = await waiting
            self.polled, self.place = self.polled + page["changes"], page["cursor"]
            await server.stop()
            await stream.end()
            assert stream.events[-1].name == "server_restarting"
            self.note(stream)

    def note(self, stream: EventListener) -> None:
        """Keep what came."""
        assert all(event.id == event.data["cursor"] for event in stream.changes)
        assert all(event.name == event.data["type"] for event in stream.changes)
        self.heard += [event.data for event in stream.changes]
        self.cursor = str(stream.cursor)


async def test_the_text_of_a_change_is_the_same_by_stream_and_by_poll(people: People) -> None:
    ada = await people.register()
    room = await ada.create_room()
    async with listen(ada.client) as stream:
        start = (await stream.ready()).cursor
        await ada.post(room.id, "\N{OWL} 'n' \"quotes\"")
        await stream.wait_until(lambda: any("OWL" in e.text or "quotes" in e.text for e in stream.events), "the post")
        text = next(event.text for event in stream.events if "quotes" in event.text)
        body = (await ada.client.get(f"{API}/changes", params={"since": start})).text
    assert text in body
    assert json.loads(text)["data"]["body"] == "\N{OWL} 'n' \"quotes\""


async def test_what_is_private_never_leaks(people: People) -> None:
    ada, eve = await people.register(), await people.register()
    room = await ada.create_room("secret", visibility="private")
    start = await now(eve)
    async with listen(eve.client) as stream:
        await stream.ready()
        waiting = asyncio.create_task(poll(eve, start))
        await ada.post(room.id, "before eve came")
        await ada.add(room.id, eve)
        await ada.post(room.id, "while eve was there")
        await ada.remove(room.id, eve)
        await ada.post(room.id, "after eve went")
        own = await eve.create_room("hers")
        await stream.wait_until(lambda: any(own.id in event.text for event in stream.events), "her own room")
        words = " ".join(event.text for event in stream.events)
        assert "while eve was there" in words
        assert "before eve came" not in words
        assert "after eve went" not in words
        assert "before eve came" not in json.dumps(await waiting)
    replay = of_room((await eve.request("GET", "/changes", params={"since": start})).json()["changes"], room.id)
    assert [change["type"] for change in replay] == ["member_left"]
    async with listen(eve.client, since=start) as stream:
        await stream.ready()
        assert of_room([event.data for event in stream.changes], room.id) == replay


async def test_a_revoked_session_ends_its_stream_and_its_poll(people: People) -> None:
    ada = await people.register()
    phone = await people.sign_in(ada.user.username)
    start = await now(ada)
    async with listen(phone.client) as stream:
        await stream.ready()
        path = f"{API}/changes?since={start}&wait={LONG}"
        waiting = asyncio.create_task(phone.client.get(path, timeout=None))
        sessions = (await ada.request("GET", "/sessions")).json()["sessions"]
        other = next(each["id"] for each in sessions if not each["current"])
        begin = time.monotonic()
        await ada.request("DELETE", f"/sessions/{other}")
        await stream.end()
        answer = await waiting
        assert time.monotonic() - begin < REVOKED_SECONDS + DRAINED_SECONDS / 2
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert [event.name for event in stream.events] == ["ready"]


async def test_many_polls_and_posts_are_all_answered(people: People) -> None:
    ada = await people.register()
    room = await ada.create_room()
    cursor = await now(ada)
    before = await subscriptions(ada)

    async def follow(client: Person, place: str) -> list[str]:
        found: list[str] = []
        while f"last of {room.id}" not in found:
            page = await poll(client, place)
            place = page["cursor"]
            found += [each["data"]["body"] for each in of_room(page["changes"], room.id)]
        return found

    bodies = [str(number) for number in range(20)] + [f"last of {room.id}"]
    async with AsyncExitStack() as stack, asyncio.timeout(3 * DEADLINE):
        clients = []
        for _ in range(4):  # httpx has at most 100 connections
            client = await stack.enter_async_context(rest_client(people.server, http2=False, token=ada.token))
            clients.append(Person(client, ada.user, ada.token))
        async with asyncio.TaskGroup() as group:
            polls = [group.create_task(follow(clients[number % 4], cursor)) for number in range(MANY_POLLS)]
            for body in bodies:
                await ada.post(room.id, body)
        assert [each.result() for each in polls] == [bodies] * MANY_POLLS

    # Of others on this server some may have left meanwhile.
    async def none_is_left() -> bool:
        return await subscriptions(ada) <= before

    await eventually(none_is_left, f"at most {before} connections to hear the log")


@pytest.mark.seed("3.5")
async def test_a_stream_stands_beside_everything_else_on_one_connection(people: People) -> None:
    ada = await people.register()
    room = await ada.create_room()
    async with listen(ada.client) as first, listen(ada.client) as second:
        assert first.response.http_version == second.response.http_version == "HTTP/2"
        await first.ready()
        await second.ready()
        messages = await asyncio.gather(*(ada.post(room.id, str(number)) for number in range(20)))
        ids = {message.id for message in messages}

        def has_all(stream: EventListener) -> bool:
            return ids <= {change.data["data"].get("id") for change in stream.changes}

        for stream in (first, second):
            await stream.wait_until(lambda stream=stream: has_all(stream), "every message")  # type: ignore[misc]
        common = min(len(first.changes), len(second.changes))
        assert first.changes[:common] == second.changes[:common]


async def test_a_client_that_is_cut_off_leaves_nothing_behind(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        start = await now(ada)
        address = urlsplit(fresh_server.http_url)
        writers = []
        for path in ("/events", f"/changes?since={start}&wait={LONG}"):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            head = f"GET {API}{path} HTTP/1.1\r\nhost: {address.netloc}\r\nauthorization: Bearer {ada.token}\r\n\r\n"
            writer.write(head.encode())
            writers.append(writer)
        await until_subscribed(ada, 2)
        for writer in writers:
            writer.transport.abort()
        await until_subscribed(ada, 0)


async def test_the_server_ends_at_once_with_streams_and_polls_open(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        start = await now(ada)
        paths = [f"{API}/events", f"{API}/changes?since={start}&wait={LONG}"] * (AT_THE_DRAIN // 2)
        bearer = ("authorization", f"Bearer {ada.token}")
        async with (
            await Http2Connection.connect(fresh_server) as connection,
            rest_client(fresh_server, http2=False, token=ada.token) as client,
        ):
            streams = [await connection.open_stream("GET", path, [bearer]) for path in paths]
            requests = [asyncio.create_task(client.get(path, timeout=None)) for path in paths]
            await until_subscribed(ada, 2 * AT_THE_DRAIN)
            begin = time.monotonic()
            await fresh_server.stop()
            seconds = time.monotonic() - begin
            bodies = [(await connection.response(stream)).body.decode() for stream in streams]
            bodies += [answer.text for answer in await asyncio.gather(*requests)]
    assert seconds < DRAINED_SECONDS
    empty = {"changes": [], "cursor": start, "more": False}
    for stream, page in zip(bodies[::2], bodies[1::2], strict=True):
        assert "event: server_restarting\n" in stream
        assert json.loads(page) == empty


async def test_who_may_listen_from_which_page(people: People) -> None:
    ada = await people.register()
    own, foreign = people.server.https_url, "https://elsewhere.example"
    async with rest_client(people.server) as browser:
        cookie = {"cookie": f"hubbub_session={ada.token}"}
        for headers in ({"origin": own}, {"sec-fetch-site": "same-origin"}):
            async with browser.stream("GET", f"{API}/events", headers=cookie | headers) as answer:
                assert answer.status_code == 200
        async with browser.stream("GET", f"{API}/events", headers=cookie | {"origin": foreign}) as answer:
            assert "access-control-allow-origin" not in answer.headers
        async with browser.stream("GET", f"{API}/events", headers={"origin": own}) as answer:
            assert answer.status_code == 401
        head = await browser.head(f"{API}/events", headers=cookie)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == "text/event-stream; charset=utf-8"
