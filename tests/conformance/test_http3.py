"""The real server over HTTP/3: the page, REST, streams and polls, an end in good order; no WebSocket."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aioquic.h3.connection import ErrorCode, Setting

from hubbub.contract import limits
from tests.support.deadline import eventually
from tests.support.http2 import Http2Connection, Response
from tests.support.http3 import Headers, Http3Connection, http3_connection
from tests.support.people import People, Person
from tests.support.rest import API, rest_client
from tests.support.server import ServerProcess, running_server

OPEN = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off"}
DRAINED_SECONDS = 2.0  # one, and one for a machine under load; the grace alone is three
# From SIGTERM on, with a client that answers nothing: the grace, what a connection gets to notice, a slow machine.
CUT_SECONDS = 6.0
MESSAGES = 50


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("http3"), quic=True, env=OPEN)
    try:
        server.start()
        yield server
        server.end()
    finally:
        server.release()


@pytest.fixture
async def ada(server: ServerProcess) -> AsyncIterator[Person]:
    async with People(server) as people:
        yield await people.register()


def bearer(person: Person) -> Headers:
    return [("authorization", f"Bearer {person.token}")]


def problem(response: Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status, json.loads(response.body)["code"]


async def post(connection: Http3Connection, ada: Person, room_id: str, body: str, key: str | None = None) -> Response:
    fields = [*bearer(ada), ("content-type", "application/json")]
    if key is not None:
        fields.append(("idempotency-key", key))
    path = f"{API}/rooms/{room_id}/messages"
    return await connection.request("POST", path, fields, json.dumps({"body": body}).encode())


async def test_the_page_and_all_that_it_loads(server: ServerProcess) -> None:
    async with http3_connection(server) as connection, rest_client(server) as browser:
        page = await connection.request("GET", "/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        named = re.findall(r'(?:src|href)="(/[^"#]+)"', page.body.decode())
        assert len(named) > 3
        answers = await asyncio.gather(*(connection.request("GET", path) for path in named))
        for path, answer in zip(named, answers, strict=True):
            assert answer.status == 200, path
            assert answer.body == (await browser.get(path)).content, path
        head = await connection.request("HEAD", "/")
        assert (head.status, head.body) == (200, b"")
        fresh = await connection.request("GET", "/", [("if-none-match", page.headers["etag"])])
        assert (fresh.status, fresh.body) == (304, b"")


async def test_a_message_posted_here_is_heard_everywhere_once(server: ServerProcess, ada: Person) -> None:
    room = await ada.create_room()
    async with http3_connection(server) as connection:
        answers = [await post(connection, ada, room.id, "Hello.", key="one") for _ in range(2)]
        assert [answer.status for answer in answers] == [201, 201]
        assert answers[0].body == answers[1].body
        history = await connection.request("GET", f"{API}/rooms/{room.id}/messages", bearer(ada))
    assert [message["body"] for message in json.loads(history.body)["messages"]] == ["Hello."]
    assert [message.body for message in (await ada.history(room.id)).messages] == ["Hello."]


async def test_the_door_is_the_same(server: ServerProcess, ada: Person) -> None:
    cookie = [("cookie", "other=1"), ("cookie", f"hubbub_session={ada.token}")]
    async with http3_connection(server) as connection:
        me = await connection.request("GET", f"{API}/users/me", cookie)
        assert json.loads(me.body)["id"] == ada.id
        own, foreign = ("origin", server.https_url), ("origin", "https://elsewhere.example")
        room = b'{"name": "Lobby", "visibility": "public"}'
        kind = ("content-type", "application/json")
        path = f"{API}/rooms"
        assert (await connection.request("POST", path, [*cookie, kind, own], room)).status == 201
        assert problem(await connection.request("POST", path, [*cookie, kind, foreign], room)) == (403, "forbidden")
        assert problem(await connection.request("GET", path)) == (401, "unauthenticated")
        assert problem(await connection.request("GET", "/nowhere")) == (404, "not_found")
        seen = await connection.request("GET", "/healthz", [("x-request-id", "from-the-client")])
    assert f"{seen.headers['x-request-id']} GET /healthz 200" in server.logs()


async def test_too_large_a_body_is_answered_while_it_comes(server: ServerProcess, ada: Person) -> None:
    room = await ada.create_room()
    async with http3_connection(server) as connection:
        for declared in (True, False):
            size = 8 * 1024 * 1024
            length = [("content-length", str(size))] if declared else []
            fields = [*bearer(ada), ("content-type", "application/json"), *length]
            stream = connection.open_stream("POST", f"{API}/rooms/{room.id}/messages", fields, end=False)
            connection.send_body(stream, b" " * size)
            assert problem(await connection.response(stream)) == (413, "too_large")
        assert (await post(connection, ada, room.id, "Small.")).status == 201
        assert problem(await post(connection, ada, room.id, "x" * (limits.BODY_CHARS + 1))) == (422, "invalid_fields")


async def test_a_stream_and_a_poll_beside_everything_else(server: ServerProcess, ada: Person) -> None:
    room = await ada.create_room()
    async with http3_connection(server) as connection:
        start = json.loads((await connection.request("GET", f"{API}/changes", bearer(ada))).body)["cursor"]
        stream = connection.open_stream("GET", f"{API}/events?since={start}", bearer(ada))
        await connection.read_until(stream, "event: ready\n")
        poll = connection.open_stream("GET", f"{API}/changes?since={start}&wait=50", bearer(ada))
        bodies = [f"message {number}" for number in range(MESSAGES)]
        for body in bodies:
            assert (await post(connection, ada, room.id, body)).status == 201
        heard = await connection.read_until(stream, f'"body":"{bodies[-1]}"')
        assert re.findall(r'"body":"(message \d+)"', heard) == bodies
        page = json.loads((await connection.response(poll)).body)
        polled = [change["data"]["body"] for change in page["changes"]]
        # The first wakes it; the log, which it reads then, may hold the next by that time.
        assert polled
        assert polled == bodies[: len(polled)]
        connection.cancel(stream)
        assert (await connection.request("GET", "/healthz")).status == 200


async def test_websocket_is_left_to_http_2(server: ServerProcess) -> None:
    async with http3_connection(server) as connection:
        fields = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https")]
        fields += [(":authority", connection.authority), (":path", f"{API}/ws"), ("sec-websocket-version", "13")]
        assert (await connection.response(connection.open_raw(fields, end=False))).status == 501
        assert Setting.ENABLE_CONNECT_PROTOCOL not in (connection.frames.received_settings or {})
    async with await Http2Connection.connect(server) as connection2:
        assert connection2.takes_websockets


async def test_it_is_advertised_over_tls_and_nowhere_else(server: ServerProcess, shared_server: ServerProcess) -> None:
    value = f'h3=":{server.quic_port}"; ma=3600'
    async with rest_client(server) as http2, rest_client(server, http2=False) as plain:
        for path in ("/", "/healthz", "/nowhere", f"{API}/users/me"):
            assert (await http2.get(path)).headers.get_list("alt-svc") == [value], path
            assert "alt-svc" not in (await plain.get(path)).headers, path
    async with http3_connection(server) as connection:
        assert (await connection.request("GET", "/healthz")).headers["alt-svc"] == value
    async with rest_client(shared_server) as without:
        assert "alt-svc" not in (await without.get("/healthz")).headers


@pytest.mark.parametrize("command", ["hubbub", "hypercorn"])
async def test_the_end_tells_who_listens_and_closes(tmp_path: Path, command: str) -> None:
    run = {"command": "hypercorn", "arguments": ("-c", "hypercorn.toml")} if command == "hypercorn" else {}
    async with running_server(tmp_path, quic=True, env=OPEN, **run) as server, http3_connection(server) as connection:  # type: ignore[arg-type]
        async with People(server) as people:
            ada = await people.register()
        stream = connection.open_stream("GET", f"{API}/events", bearer(ada))
        await connection.read_until(stream, "event: ready\n")
        async with http3_connection(server) as idle:
            assert (await idle.request("GET", "/healthz")).status == 200
            began = time.monotonic()
            await server.stop()
            assert time.monotonic() - began < DRAINED_SECONDS
            await eventually(lambda: idle.closed_with == ErrorCode.H3_NO_ERROR, "the end of the idle one")
        assert "event: server_restarting\n" in (await connection.response_rest(stream)).decode()
        await eventually(lambda: connection.closed_with == ErrorCode.H3_NO_ERROR, "the end")


async def test_the_end_does_not_wait_for_who_has_vanished(tmp_path: Path) -> None:
    async with running_server(tmp_path, quic=True, env=OPEN) as server, http3_connection(server) as connection:
        async with People(server) as people:
            ada = await people.register()
        stream = connection.open_stream("GET", f"{API}/events", bearer(ada))
        await connection.read_until(stream, "event: ready\n")
        connection.vanish()
        began = time.monotonic()
        await server.stop()
        assert time.monotonic() - began < CUT_SECONDS


async def test_several_workers_cannot_share_it_and_say_so(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, command="hypercorn", quic=True, env=OPEN, arguments=("-w", "2"))
    try:
        with pytest.raises((RuntimeError, TimeoutError)) as failure:
            await asyncio.to_thread(server.start)
        assert "quic_bind works with one worker" in "".join(failure.value.__notes__)
    finally:
        server.release()
