from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aioquic.h3.connection import ErrorCode

from hubbub.composite.http3 import requests
from hubbub.composite.http3.inbox import UNREAD_BYTES
from hubbub.composite.hypercorn_streams import cut_stream
from hubbub.composite.types import Message, Receive, Scope, Send
from tests.support.deadline import eventually
from tests.support.http3 import Http3Reset, http3_connection
from tests.support.quic_here import quic_here
from tests.support.tiny_asgi import begin, echo, hello

CHUNK = 32 * 1024
# aioquic's client lets so much come of a stream before it has to open the window, and keeps as much acknowledged.
CLIENT_WINDOW = 1024 * 1024


@dataclass
class Watched:
    """An application that streams, and what it heard of its client."""

    heard: list[Message] = field(default_factory=list)
    sent: int = 0

    async def flood(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send for as long as somebody listens; any other path than /flood gets a greeting."""
        if scope["path"] != "/flood":
            await hello(scope, receive, send)
            return
        await begin(send)
        listening = asyncio.create_task(self._hear(receive))
        while not listening.done():
            await send({"type": "http.response.body", "body": b"x" * CHUNK, "more_body": True})
            self.sent += CHUNK

    async def wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin an answer, and wait until nobody listens."""
        await begin(send)
        await self._hear(receive)

    async def _hear(self, receive: Receive) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            pass
        self.heard.append(message)


async def test_a_request_is_what_the_client_sent(tmp_path: Path) -> None:
    body = b"x" * 300_000
    async with quic_here(tmp_path, echo) as server, http3_connection(server) as client:
        cookies = [("cookie", "a=1"), ("cookie", "b=2")]
        response = await client.request("POST", "/a%20b?c=d", cookies, body)
        got = json.loads(response.body)
        assert got["http_version"] == "3"
        assert (got["scheme"], got["method"], got["path"], got["size"]) == ("https", "POST", "/a b", len(body))
        assert got["headers"] == [["host", client.authority], ["cookie", "a=1; b=2"]]
        assert got["client"][0] == "127.0.0.1"
        assert got["server"] == ["127.0.0.1", server.quic_port]


async def test_many_requests_at_once_are_answered_each(tmp_path: Path) -> None:
    async with quic_here(tmp_path, echo) as server, http3_connection(server) as client:
        answers = await asyncio.gather(*(client.request("POST", f"/{n}", body=b"x" * n) for n in range(1, 100)))
    assert [json.loads(answer.body)["size"] for answer in answers] == list(range(1, 100))


async def test_data_after_the_answer_is_dropped_and_not_wanted(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        stream = client.open_stream("POST", "/", end=False)
        assert (await client.response(stream)).body == b"hello"
        await eventually(lambda: client.stopped.get(stream) == ErrorCode.H3_NO_ERROR, "STOP_SENDING")
        assert (await client.request("GET", "/")).status == 200


async def test_data_that_was_under_way_when_the_answer_ended_harms_nobody(tmp_path: Path) -> None:
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        stream = client.open_stream("POST", "/", end=False)
        client.send_body(stream, b"x" * 100_000)
        assert (await client.response(stream)).body == b"hello"
        assert (await client.request("GET", "/")).status == 200


async def test_trailers_end_a_body(tmp_path: Path) -> None:
    async with quic_here(tmp_path, echo) as server, http3_connection(server) as client:
        stream = client.open_stream("POST", "/", end=False)
        client.send_body(stream, b"body", end=False)
        client.frames.send_headers(stream, [(b"x-checksum", b"1")], end_stream=True)
        client.transmit()
        assert json.loads((await client.response(stream)).body)["size"] == 4


async def test_an_application_that_takes_no_body_loses_its_request_alone(tmp_path: Path) -> None:
    watched = Watched()
    unread = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/unread":
            await unread.wait()
            await watched._hear(receive)
        else:
            await hello(scope, receive, send)

    async with quic_here(tmp_path, application) as server, http3_connection(server) as client:
        stream = client.open_stream("POST", "/unread", end=False)
        client.send_body(stream, b"x" * (UNREAD_BYTES + 1), end=False)
        with pytest.raises(Http3Reset) as reset:
            await client.response(stream)
        assert reset.value.code == ErrorCode.H3_EXCESSIVE_LOAD
        assert (await client.request("GET", "/")).status == 200
        unread.set()
        await eventually(lambda: len(watched.heard) == 1, "the application to hear of it")


async def test_what_a_client_does_not_take_is_not_produced(tmp_path: Path) -> None:
    watched = Watched()
    async with quic_here(tmp_path, watched.flood) as server, http3_connection(server) as client:
        client.hold()
        stream = client.open_stream("GET", "/flood")
        await eventually(lambda: watched.sent > CLIENT_WINDOW, "the window to be full")
        for _ in range(5):
            assert (await client.request("GET", "/")).body == b"hello"
        assert watched.sent <= CLIENT_WINDOW + requests.IN_FLIGHT_BYTES + 2 * CHUNK
        client.cancel(stream)
        await eventually(lambda: len(watched.heard) == 1, "the application to hear of it")


async def test_who_takes_nothing_for_long_loses_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.composite.taking.TAKE_SECONDS", 0.1)
    watched = Watched()
    async with quic_here(tmp_path, watched.flood) as server, http3_connection(server) as client:
        client.hold()
        stream = client.open_stream("GET", "/flood")
        with pytest.raises(Http3Reset) as reset:
            await client.response(stream)
        assert reset.value.code == ErrorCode.H3_INTERNAL_ERROR
        await eventually(lambda: len(watched.heard) == 1, "the application to hear of it")
        assert (await client.request("GET", "/")).status == 200


async def test_an_answer_that_breaks_off_is_reset(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await begin(send)
        if scope["path"] == "/raises":
            raise RuntimeError("in the middle")

    async with quic_here(tmp_path, breaks, errorlog=None) as server, http3_connection(server) as client:
        for path in ("/raises", "/returns"):
            with pytest.raises(Http3Reset) as reset:
                await client.response(client.open_stream("GET", path))
            assert reset.value.code == ErrorCode.H3_INTERNAL_ERROR


async def test_a_stream_is_cut_by_the_fence_of_all_protocols(tmp_path: Path) -> None:
    watched = Watched()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        cutting = asyncio.create_task(watched.wait(scope, receive, send))
        await cut_stream(send, 1)
        await cutting

    async with quic_here(tmp_path, application) as server, http3_connection(server) as client:
        with pytest.raises(Http3Reset):
            await client.response(client.open_stream("GET", "/"))
        await eventually(lambda: len(watched.heard) == 1, "the application to hear of it")
        assert client.closed_with is None


@pytest.mark.parametrize("how", ["cancel", "reset", "close"])
async def test_a_client_that_goes_is_heard_of(tmp_path: Path, how: str) -> None:
    watched = Watched()
    async with quic_here(tmp_path, watched.wait) as server:
        async with http3_connection(server) as client:
            stream = client.open_stream("POST", "/", end=False)
            await client.read_until(stream, "begun")
            if how == "cancel":
                client.cancel(stream)
            elif how == "reset":
                client.reset(stream)
            if how != "close":
                await eventually(lambda: len(watched.heard) == 1, "the application to hear of it")
        await eventually(lambda: len(watched.heard) == 1, "the application to hear of it")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("CONNECT", "/ws", 501), ("GET", "/é", 400), ("GET", "/" + "a" * 17_000, 431), ("GET", "/many", 431)],
    ids=["websocket", "path", "long", "many"],
)
async def test_what_is_no_request_is_answered(tmp_path: Path, method: str, path: str, status: int) -> None:
    async with quic_here(tmp_path, hello) as server, http3_connection(server) as client:
        headers = [("a", "")] * 600 if path == "/many" else []
        protocol = [(":protocol", "websocket")] if method == "CONNECT" else []
        stream = client.open_stream(method, path, [*protocol, *headers], end=method != "CONNECT")
        assert (await client.response(stream)).status == status
        assert (await client.request("GET", "/")).status == 200


async def test_who_begins_and_cancels_without_end_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "RESET_COST", 100.0)
    watched = Watched()
    async with quic_here(tmp_path, watched.wait) as server, http3_connection(server) as client:
        for _ in range(30):
            client.reset(client.open_stream("POST", "/", end=False))
        await eventually(lambda: client.closed_with == ErrorCode.H3_EXCESSIVE_LOAD, "the end")
