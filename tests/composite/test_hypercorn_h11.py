"""Connections without TLS of a real Hypercorn in this process, and ways to HTTP/2."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypercorn import protocol

from hubbub.composite import hypercorn_h11
from hubbub.composite.hypercorn_h11 import MendedH11Protocol, mend_http1
from hubbub.composite.types import Receive, Scope, Send
from tests.support import http2_frames as wire
from tests.support.hypercorn_here import hypercorn_here
from tests.support.ports import HOST
from tests.support.server import Address


async def versions(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers by the version of HTTP that it was asked in."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["http_version"].encode()})


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Address]:
    mend_http1()
    async with hypercorn_here(versions, tmp_path) as address:
        yield address


async def exchange(address: Address, request: bytes, end: bytes) -> bytes:
    """Send it, and read up to `end`."""
    reader, writer = await asyncio.open_connection(HOST, urlsplit(address.http_url).port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.readuntil(end), 10)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("settings", [b"", b"!!!!", b"AAMAAABkAARAAAAAAAIAAAAA", b"AAUAAAAB"])
async def test_an_upgrade_to_h2c_is_answered_by_http1(served: Address, settings: bytes) -> None:
    head = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    answer = await exchange(served, head + b"HTTP2-Settings: " + settings + b"\r\n\r\n", b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"1.1\r\n0\r\n" in answer


async def test_who_begins_by_http2_is_answered_by_it(served: Address) -> None:
    request = wire.PREFACE + wire.settings() + wire.headers(1)
    assert (await exchange(served, request, b"\x00\x00\x01\x00\x00\x00\x00\x00\x012"))[3] == wire.SETTINGS


def test_it_is_in_place_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mend_http1()
    monkeypatch.setattr(hypercorn_h11, "KNOWN", False)
    mend_http1()
    assert vars(protocol)["H11Protocol"] is MendedH11Protocol
