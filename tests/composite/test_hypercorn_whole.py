"""Whole requests to a real Hypercorn: what a client reads is the same past h11 and through it, to the byte."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypercorn.events import Event, RawData

from hubbub.composite import hypercorn_h11
from hubbub.composite.hypercorn_h11 import mend_http1
from hubbub.composite.hypercorn_tcp import MendedConnection, mend_tcp
from hubbub.composite.scopes import COMPLETE
from hubbub.composite.types import Message, Receive, Scope, Send
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here, open_connections
from tests.support.ports import HOST
from tests.support.server import Address

LENGTH = (b"content-length", b"4")
START: Message = {"type": "http.response.start", "status": 200, "headers": [LENGTH, (b"x", b"y")]}
BODY: Message = {"type": "http.response.body", "body": b"four"}
HALF: Message = {"type": "http.response.body", "body": b"fo", "more_body": True}
OTHER_HALF: Message = {"type": "http.response.body", "body": b"ur"}

# What the application sends, by the path that it is asked for.
ANSWERS: dict[str, list[Message]] = {
    "/whole": [START, BODY],
    "/empty": [{**START, "headers": [(b"content-length", b"0")]}, {**BODY, "body": b""}],
    "/halves": [START, HALF, OTHER_HALF],
    "/chunks": [{**START, "headers": []}, HALF, OTHER_HALF],
    "/nothing": [{**START, "status": 204, "headers": []}, {**BODY, "body": b""}],
    "/last": [{**START, "headers": [LENGTH, (b"connection", b"close")]}, BODY],
    "/none": [],
    "/head": [START],
    "/twice": [START, START, BODY],
    "/short": [START, {**BODY, "body": b"fo"}],
    "/injected": [{**START, "headers": [LENGTH, (b"x", b"y\r\nset-cookie: z")]}, BODY],
}
ENDS = {"/last", "/head", "/twice", "/short", "/injected", "/none"}


class Site:
    """Answers as `ANSWERS` says, by the length of the body at `/body`, at `/wait` when it is let."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.waiting = 0
        self.gone = 0
        self.complete: list[bool] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        self.complete.append(COMPLETE in scope)
        if scope["path"] == "/wait":
            await self._wait(receive)
        elif scope["path"] == "/gone":
            await self._notice(receive)
        elif scope["path"] == "/body":
            await self._echo(receive, send)
            return
        elif scope["path"] == "/slowly":
            await send({**START, "headers": []})
            await self._wait(receive)
            await send(BODY)
            return
        for message in ANSWERS.get(scope["path"], [START, BODY]):
            await send(dict(message))

    async def _wait(self, receive: Receive) -> None:
        await receive()
        self.waiting += 1
        await self.go.wait()
        self.waiting -= 1

    async def _notice(self, receive: Receive) -> None:
        self.waiting += 1
        while (await receive())["type"] != "http.disconnect":
            continue
        self.gone += 1

    async def _echo(self, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        await send({**START, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({**BODY, "body": body})


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def served(site: Site, tmp_path: Path) -> AsyncIterator[Address]:
    mend_http1()
    mend_tcp()
    async with hypercorn_here(site, tmp_path) as address:
        await eventually(lambda: open_connections() == 0, "the connections of the set-up to be gone")
        yield address


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is written, each write for itself."""
    written: list[bytes] = []
    send = MendedConnection.protocol_send

    async def note(connection: MendedConnection, event: Event) -> None:
        if isinstance(event, RawData) and event.data:
            written.append(event.data)
        await send(connection, event)

    monkeypatch.setattr(MendedConnection, "protocol_send", note)
    return written


def request(path: str, fields: str = "", body: str = "") -> bytes:
    length = f"content-length: {len(body)}\r\n" if body else ""
    return f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nhost: {HOST}\r\n{length}{fields}\r\n{body}".encode()


async def connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(HOST, urlsplit(address.http_url).port)


async def read_to_end(address: Address, sent: bytes) -> bytes:
    """All that comes until the server closes, without the dates."""
    reader, writer = await connect(address)
    try:
        writer.write(sent)
        received = await asyncio.wait_for(reader.read(-1), 10)
    finally:
        writer.close()
    return re.sub(rb"date: [^\r]+", b"date: ?", received)


FAREWELL = request("/whole", "connection: close\r\n")


@pytest.mark.parametrize("path", [*ANSWERS, "/body"])
async def test_the_bytes_are_the_same_past_h11_and_through_it(
    served: Address, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def converse() -> bytes:
        received = b""
        for sent in (request(path, body="a body"), request(path)):
            if path in ENDS:
                received += await read_to_end(served, sent)
            else:
                reader, writer = await connect(served)
                writer.write(sent)
                received += await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
                writer.write(FAREWELL)
                received += await asyncio.wait_for(reader.read(-1), 10)
                writer.close()
        return re.sub(rb"date: [^\r]+", b"date: ?", received)

    past = await converse()
    monkeypatch.setattr(hypercorn_h11, "read_request", lambda _data: None)
    assert past == await converse()
    assert past.startswith(b"HTTP/1.1 ") or path in {"/injected"}


async def test_a_whole_answer_is_one_write(served: Address, site: Site, writes: list[bytes]) -> None:
    reader, writer = await connect(served)
    for _ in range(2):
        writer.write(request("/whole", "connection: keep-alive\r\n"))
        await asyncio.wait_for(reader.readuntil(b"four"), 10)
    writer.close()
    assert [data.endswith(b"\r\n\r\nfour") for data in writes] == [True, True]
    assert site.complete == [True, True]


async def test_a_head_goes_out_at_once_where_no_length_promises_a_body(served: Address, site: Site) -> None:
    reader, writer = await connect(served)
    writer.write(request("/slowly"))
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).startswith(b"HTTP/1.1 200 ")
    await eventually(lambda: site.waiting == 1, "the application to wait")
    site.go.set()
    assert (await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 10)) == b"4\r\nfour\r\n0\r\n\r\n"
    writer.close()


async def test_requests_that_come_together_are_answered_in_order(served: Address, site: Site) -> None:
    together = request("/wait") + request("/body", body="second") + request("/whole") + FAREWELL
    site.go.set()
    received = await read_to_end(served, together)
    assert re.findall(rb"\r\n\r\n(\w{4,6}?)(?=HTTP|$)", received) == [b"four", b"second", b"four", b"four"]


async def test_what_comes_while_one_is_answered_waits_for_it(served: Address, site: Site) -> None:
    reader, writer = await connect(served)
    writer.write(request("/wait"))
    await eventually(lambda: site.waiting == 1, "the first request to be there")
    writer.write(request("/body", body="second") + FAREWELL)
    site.go.set()
    received = await asyncio.wait_for(reader.read(-1), 10)
    writer.close()
    assert re.findall(rb"\r\n\r\n(\w{4,6}?)(?=HTTP|$)", received) == [b"four", b"second", b"four"]


async def test_a_client_that_goes_is_noticed(served: Address, site: Site) -> None:
    _, writer = await connect(served)
    writer.write(request("/gone"))
    await eventually(lambda: site.waiting == 1, "the request to be there")
    writer.close()
    await eventually(lambda: site.gone == 1, "the application to hear of it")
    await eventually(lambda: open_connections() == 0, "the connection to be gone")


async def test_a_client_that_has_said_all_is_answered(served: Address, site: Site) -> None:
    reader, writer = await connect(served)
    writer.write(request("/wait"))
    writer.write_eof()
    await eventually(lambda: site.waiting == 1, "the request to be there")
    site.go.set()
    assert (await asyncio.wait_for(reader.read(-1), 10)).endswith(b"\r\n\r\nfour")
    writer.close()


async def test_a_request_in_parts_goes_through_h11(served: Address, site: Site) -> None:
    reader, writer = await connect(served)
    sent = request("/body", body="a body in parts")
    writer.write(sent[:-5])
    await eventually(lambda: site.complete == [False], "the head to be read")
    writer.write(sent[-5:])
    assert (await asyncio.wait_for(reader.readuntil(b"a body in parts"), 10)).startswith(b"HTTP/1.1 200 ")
    writer.write(request("/whole"))
    await asyncio.wait_for(reader.readuntil(b"four"), 10)
    writer.close()
    assert site.complete == [False, True]
