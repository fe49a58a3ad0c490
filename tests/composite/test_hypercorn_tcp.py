"""Connections of a real Hypercorn in this process: that they end with their clients."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypercorn.asyncio import run

from hubbub.composite import hypercorn_tcp, taking
from hubbub.composite.hypercorn_streams import transport_behind
from hubbub.composite.hypercorn_tcp import MendedConnection, mend_tcp
from hubbub.composite.idleness import Idleness
from hubbub.composite.types import Receive, Scope, Send
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here, open_connections
from tests.support.ports import HOST
from tests.support.server import Address

MIB = 1024 * 1024
SMALL_BUFFER = 4_096  # bytes


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """`/large` answers with more than any buffer on the way holds."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    if scope["path"] in ("/rest", "/last"):
        await leave_a_rest(send, closing=scope["path"] == "/last")
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": bytes(16 * MIB if scope["path"] == "/large" else 5)})


async def leave_a_rest(send: Send, *, closing: bool) -> None:
    """Send until something is left in the server, and be done: without it the connection would be idle, or closed."""
    transport = transport_behind(send)
    assert transport is not None
    headers = [(b"connection", b"close")] if closing else []
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while not transport.get_write_buffer_size():
        await send({"type": "http.response.body", "body": bytes(SMALL_BUFFER), "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Address]:
    mend_tcp()
    async with hypercorn_here(site, tmp_path) as address:
        await eventually(lambda: open_connections() == 0, "the first connections, of the set-up, to be gone")
        yield address


def ask(address: Address, path: str) -> socket.socket:
    """Send a request, and read nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    client.connect((HOST, urlsplit(address.http_url).port or 0))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    return client


async def test_a_connection_is_gone_when_its_client_is(served: Address) -> None:
    with ask(served, "/"):
        await eventually(lambda: open_connections() == 1, "the connection to be there")
    await eventually(lambda: open_connections() == 0, "the connection to be gone")


async def test_a_client_that_takes_nothing_is_cut(served: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "TAKE_SECONDS", 0.1)
    with ask(served, "/large"):
        await eventually(lambda: open_connections() == 1, "the connection to be there")
        await eventually(lambda: open_connections() == 0, "the connection to be gone")


@pytest.mark.parametrize("path", ["/rest", "/last"])
async def test_a_client_that_does_not_take_the_rest_is_cut(
    served: Address, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(taking, "TAKE_SECONDS", 0.1)
    with ask(served, path):
        await eventually(lambda: open_connections() == 1, "the connection to be there")
        await eventually(lambda: open_connections() == 0, "the connection to be gone")


async def test_a_client_that_does_not_answer_the_end_of_tls_is_no_error(
    served: Address, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def time_out(_writer: asyncio.StreamWriter) -> None:
        raise TimeoutError("SSL shutdown timed out")  # as both loops say after 30 seconds

    monkeypatch.setattr(asyncio.StreamWriter, "wait_closed", time_out)
    with ask(served, "/"):
        await eventually(lambda: open_connections() == 1, "the connection to be there")
    await eventually(lambda: open_connections() == 0, "the connection to be gone")
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_client_that_takes_its_time_gets_everything(served: Address) -> None:
    reader, writer = await asyncio.open_connection(HOST, urlsplit(served.http_url).port)
    writer.write(b"GET /large HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    received = 0
    while piece := await reader.read(MIB):
        received += len(piece)
        await asyncio.sleep(0)
    assert received > 16 * MIB
    writer.close()


def test_it_is_in_place_once() -> None:
    mend_tcp()
    mend_tcp()
    assert vars(run)["TCPServer"] is MendedConnection


async def test_a_connection_that_has_asked_ends_when_it_is_idle_for_too_long(
    served: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await asyncio.open_connection(HOST, urlsplit(served.http_url).port)
    short = Idleness(0.05)
    monkeypatch.setattr(hypercorn_tcp, "_idle_of", lambda _worker, _seconds: short)
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 10)
    assert await asyncio.wait_for(reader.read(-1), 10) == b""
    writer.close()
    await eventually(lambda: open_connections() == 0, "the connection to be gone")


async def test_a_connection_with_a_request_in_flight_is_not_idle(served: Address) -> None:
    with ask(served, "/large"):
        await eventually(lambda: open_connections() == 1, "the connection to be there")
        assert [len(each) for each in vars(hypercorn_tcp)["_idle"].values()][-1] == 0


async def test_idle_connections_end_with_the_server(tmp_path: Path) -> None:
    mend_tcp()
    async with hypercorn_here(site, tmp_path) as address:
        reader, writer = await asyncio.open_connection(HOST, urlsplit(address.http_url).port)
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 10)
    assert await asyncio.wait_for(reader.read(-1), 10) == b""
    writer.close()


async def test_a_request_that_came_in_time_is_answered_by_a_loop_that_is_late(
    served: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Idleness(0.05)
    monkeypatch.setattr(hypercorn_tcp, "_idle_of", lambda _worker, _seconds: short)
    reader, writer = await asyncio.open_connection(HOST, urlsplit(served.http_url).port)
    for _ in range(3):
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 10)
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        time.sleep(0.1)  # noqa: ASYNC251 — the loop stands still, so that the request and the end are due together
        assert (await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 10)).startswith(b"HTTP/1.1 200")
    writer.close()
