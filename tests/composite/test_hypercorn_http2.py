"""HTTP/2 connections of a real Hypercorn in this process, whose tasks can be counted.

The faults of frames are in `tests/conformance/test_http2_faults.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from h2.errors import ErrorCodes

from hubbub.composite import hypercorn_http2, hypercorn_tcp, taking
from hubbub.composite.hypercorn_http2 import MendedProtocol, mend_http2
from hubbub.composite.hypercorn_tcp import mend_tcp
from hubbub.composite.types import Receive, Scope, Send
from tests.conformance.http2.case import Pong
from tests.support import http2_frames as wire
from tests.support.deadline import eventually
from tests.support.http2 import Http2Connection
from tests.support.http2_frames import RawHttp2, data, headers, ping, request_fields, reset
from tests.support.hypercorn_here import hypercorn_here, open_connections
from tests.support.server import Address

STREAM, OTHER = 1, 3
MIB = 1024 * 1024
BODY = b"x" * MIB
WEBSOCKET = [
    (":method", "CONNECT"),
    (":protocol", "websocket"),
    (":scheme", "https"),
    (":path", "/"),
    (":authority", wire.AUTHORITY),
    ("sec-websocket-version", "13"),
]


class Site:
    """`/large` has a mebibyte, `/endless` more; `/wait` and `/echo` answer when they are told to, `/gone` never."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.story: list[str] = []
        self.sent_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._answer(scope["path"], receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"] == "/":
            await send({"type": "websocket.accept"})
        self.story.append((await receive())["type"])

    async def _answer(self, path: str, receive: Receive, send: Send) -> None:
        if path in {"/wait", "/echo"}:
            await self.go.wait()
        if path == "/echo":
            await self._echo(receive, send)
            return
        if path == "/gone":
            while (await receive())["type"] != "http.disconnect":
                pass
            self.story.append("gone")
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        body = {"/large": BODY, "/endless": BODY}.get(path, b"short")
        await send({"type": "http.response.body", "body": body, "more_body": path == "/endless"})
        self.sent_bytes += len(body)
        while path == "/endless" and self.sent_bytes < 100 * MIB:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            self.sent_bytes += len(body)

    async def _echo(self, receive: Receive, send: Send) -> None:
        body = b""
        while (event := await receive())["type"] == "http.request":
            body += event["body"]
            if not event["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Site, Address]]:
    """The site; afterwards no task of a connection may be left, and the log is empty."""
    mend_http2()
    mend_tcp()
    site = Site()
    async with hypercorn_here(site, folder) as address:
        yield site, address
        site.go.set()
        await eventually(lambda: open_connections() == 0, "every connection to be gone")


@pytest.fixture
async def served(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[tuple[Site, Address]]:
    async with serving(tmp_path) as found:
        yield found
    assert [each for each in caplog.records if each.levelno > logging.INFO] == []


async def test_answers_may_come_before_the_end_of_bodies(served: tuple[Site, Address]) -> None:
    async with await Http2Connection.connect(served[1]) as connection:
        for _ in range(3):
            stream = await connection.open_stream("POST", "/early", end=False)
            assert (await connection.response(stream)).body == b"short"
            # Below h2's own bookkeeping of streams, as a client does that has not read the answer yet.
            connection.frames.send_data(stream, b"late")
            connection.frames.send_data(stream, b"late again", end_stream=True)
            await connection.flush()
        assert (await connection.request("GET", "/")).body == b"short"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([(":method", "CONNECT"), (":authority", wire.AUTHORITY)], 501),
        ([*request_fields("CONNECT"), (":protocol", "connect-udp")], 501),
        (request_fields("connect"), 501),
        (request_fields("GET", "/caf\u00e9"), 400),
        (request_fields("G\u00cbT"), 400),
    ],
    ids=["CONNECT", "CONNECT of another protocol", "connect", "path", "method"],
)
async def test_a_request_that_hypercorn_cannot_read_is_answered(
    served: tuple[Site, Address], fields: list[tuple[str, str]], status: int
) -> None:
    async with await RawHttp2.connect(served[1]) as connection:
        await connection.send(headers(STREAM, request_fields("GET", "/wait")), headers(OTHER, fields))
        assert await connection.status(OTHER) == status
        served[0].go.set()
        assert await connection.status(STREAM) == 200


async def test_streams_that_were_reset_leave_nothing_behind(
    served: tuple[Site, Address], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 1,000 and more, which is where the tree of priorities is full."""
    monkeypatch.setattr(hypercorn_http2, "cost_of", lambda _: 0.0)
    site, address = served
    async with await RawHttp2.connect(address) as connection:
        await connection.send(headers(STREAM, request_fields("GET", "/wait")))
        for first in range(OTHER, OTHER + 2 * 1_100, 2 * 50):
            streams = range(first, first + 2 * 50, 2)
            for stream in streams:
                await connection.send(headers(stream, request_fields("GET", "/gone")))
            await connection.send(*(reset(stream) for stream in streams))
        await eventually(lambda: len(site.story) == 1_100, "every handler to hear of it")
        await connection.send(headers(9_999))
        assert await connection.status(9_999) == 200
        site.go.set()
        assert await connection.status(STREAM) == 200


async def test_a_client_that_begins_and_resets_without_end_is_closed(served: tuple[Site, Address]) -> None:
    async with await RawHttp2.connect(served[1]) as connection, await RawHttp2.connect(served[1]) as other:
        await other.send(headers(STREAM, request_fields("GET", "/wait")))
        for stream in range(1, 2 * 2_500, 2):
            await connection.send(headers(stream), reset(stream))
        await connection.wait_closed()
        assert connection.frames[-1].code == ErrorCodes.ENHANCE_YOUR_CALM
        served[0].go.set()
        assert await other.status(STREAM) == 200


async def test_who_does_not_read_a_body_stops_nobody(served: tuple[Site, Address]) -> None:
    """Neither while it waits nor when it has answered, whatever becomes of the client."""
    site, address = served
    async with await RawHttp2.connect(address) as connection:
        await connection.send(headers(STREAM, request_fields("POST", "/wait"), end=False))
        await connection.send(*[data(STREAM, b"x", end=False)] * 1_000)
        await connection.send(headers(OTHER))
        assert await connection.status(OTHER) == 200
        site.go.set()
        assert await connection.status(STREAM) == 200
        await connection.ended(STREAM)
        await connection.send(*[data(STREAM, b"x", end=False)] * 1_000, headers(OTHER + 2))
        assert await connection.status(OTHER + 2) == 200


async def test_a_body_that_waited_arrives_whole_and_in_order(served: tuple[Site, Address]) -> None:
    site, address = served
    parts = [b"%04d" % number for number in range(2_000)]
    async with await RawHttp2.connect(address) as connection:
        await connection.send(headers(STREAM, request_fields("POST", "/echo"), end=False))
        await connection.send(*(data(STREAM, part, end=False) for part in parts), data(STREAM, b"", end=True), ping())
        await Pong()(connection)
        site.go.set()
        await connection.ended(STREAM)
        assert connection.body(STREAM) == b"".join(parts)


async def test_a_client_that_leaves_a_body_unread_is_gone(served: tuple[Site, Address]) -> None:
    async with await RawHttp2.connect(served[1]) as connection:
        await connection.send(headers(STREAM, request_fields("POST", "/wait"), end=False))
        await connection.send(*[data(STREAM, b"x", end=False)] * 1_000, ping())
        await Pong()(connection)
    served[0].go.set()


async def test_a_websocket_that_is_refused_is_forgotten(served: tuple[Site, Address]) -> None:
    async with await RawHttp2.connect(served[1]) as connection:
        await connection.send(headers(STREAM, WEBSOCKET[:-1], end=False))
        assert await connection.status(STREAM) == 400
        await connection.ended(STREAM)
        await connection.send(data(STREAM, b"late", end=False))
        found = await connection.find(lambda each: each.kind == wire.RST_STREAM)
        assert found.code == ErrorCodes.NO_ERROR


async def test_the_end_of_a_websockets_stream_is_its_end(served: tuple[Site, Address]) -> None:
    site, address = served
    async with await RawHttp2.connect(address) as connection:
        await connection.send(headers(STREAM, WEBSOCKET, end=False))
        assert await connection.status(STREAM) == 200
        await connection.send(data(STREAM, b""))
        await connection.find(lambda each: each.kind == wire.RST_STREAM)
        await eventually(lambda: site.story == ["websocket.disconnect"], "the application to hear of it")


async def test_data_before_a_websocket_is_open_ends_it(served: tuple[Site, Address]) -> None:
    site, address = served
    async with await RawHttp2.connect(address) as connection:
        fields = [(name, "/slow" if name == ":path" else value) for name, value in WEBSOCKET]
        await connection.send(headers(STREAM, fields, end=False), data(STREAM, b"early", end=False), ping())
        found = await connection.find(lambda each: each.kind == wire.RST_STREAM)
        assert found.code == ErrorCodes.PROTOCOL_ERROR
        await eventually(lambda: site.story == ["websocket.disconnect"], "the application to hear of it")


async def test_what_a_window_does_not_let_out_is_not_collected(served: tuple[Site, Address]) -> None:
    site, address = served
    async with await RawHttp2.connect(address) as connection:
        await connection.send(headers(STREAM, request_fields("GET", "/endless")))
        await connection.find(lambda _: len(connection.body(STREAM)) == wire.WINDOW_BYTES)
        await connection.send(headers(OTHER, request_fields("HEAD")))
        assert await connection.status(OTHER) == 200
        assert site.sent_bytes < 2 * MIB


async def test_the_end_of_a_connection_ends_what_waits_for_its_window(served: tuple[Site, Address]) -> None:
    async with await RawHttp2.connect(served[1]) as connection:
        await connection.send(*(headers(stream, request_fields("GET", "/large")) for stream in range(1, 20, 2)))
        await connection.find(lambda each: each.kind == wire.DATA)


async def test_a_stream_that_is_not_read_is_reset_and_others_live(
    served: tuple[Site, Address], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "TAKE_SECONDS", 0.1)
    async with await RawHttp2.connect(served[1]) as connection:
        await connection.send(wire.window_update(0, MIB))
        await connection.send(headers(STREAM, request_fields("GET", "/wait")))
        await connection.send(headers(OTHER, request_fields("GET", "/large")))
        found = await connection.find(lambda each: each.kind == wire.RST_STREAM)
        assert (found.stream, found.code) == (OTHER, ErrorCodes.CANCEL)
        served[0].go.set()
        assert await connection.status(STREAM) == 200


async def test_a_mistake_of_ours_ends_the_connection_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(protocol: MendedProtocol, event: object) -> bool:
        raise RuntimeError("a mistake")

    async with serving(tmp_path) as (_, address), await RawHttp2.connect(address) as connection:
        monkeypatch.setattr(MendedProtocol, "_handle_here", fail)
        await connection.send(ping())
        await connection.wait_closed()
        assert connection.frames[-1].code == ErrorCodes.INTERNAL_ERROR
    assert "an HTTP/2 connection failed" in caplog.text


async def test_an_unknown_version_is_logged_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hypercorn_http2, "KNOWN", False)
    monkeypatch.setattr(hypercorn_tcp, "KNOWN", False)
    mend_http2()
    mend_tcp()
    assert "not known" in caplog.text
