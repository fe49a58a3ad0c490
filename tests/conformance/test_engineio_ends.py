"""CLOSE, and what one client must not do at once. https://github.com/socketio/engine.io-protocol, Transports."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.conformance.sessions import ENGINE, SOCKET, PollingSession, WebSocketSession, wait_for_end
from tests.conformance.wires import NOWHERE, Http2Wire, Wire, open_wire
from tests.support.http2 import Http2Connection
from tests.support.raw_peers import RawPeer, request
from tests.support.server import ServerProcess

PATHS = pytest.mark.parametrize("path", [ENGINE, SOCKET])
BAD_REQUEST = {"code": 3, "message": "Bad request"}
UNKNOWN_SESSION = {"code": 1, "message": "Session ID unknown"}
AT_ONCE = 5.0  # seconds; far below the PING timeout of 45


@PATHS
async def test_close_answers_the_poll_that_waits_with_a_noop(wire: Wire, path: str) -> None:
    session = await PollingSession.open(wire, path)
    poll = await wire.begin("GET", session.address)
    closed = await session.post(b"1")
    assert (closed.status, closed.body) == (200, b"ok")
    answer = await poll
    assert (answer.status, answer.body) == (200, b"6")
    await _is_gone(session)


async def test_close_ends_a_session_that_nobody_polls(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    assert (await session.post(b"4last words\x1e1\x1e4too late")).body == b"ok"
    await _is_gone(session)


@PATHS
async def test_close_ends_a_websocket_at_once(wire: Wire, path: str) -> None:
    session = await WebSocketSession.open(wire, path)
    began = time.monotonic()
    await session.send("1")
    assert await wait_for_end(session) == []
    assert time.monotonic() - began < AT_ONCE
    assert session.frames.close_code == 1000


async def test_a_websocket_that_closes_is_no_session_any_more(wire: Wire) -> None:
    session = await WebSocketSession.open(wire)
    await session.frames.close()
    answer = await wire.request("GET", f"{ENGINE}?EIO=4&transport=polling&sid={session.sid}")
    assert (answer.status, json.loads(answer.body)) == (400, UNKNOWN_SESSION)


@PATHS
async def test_two_polls_at_once_end_the_session(wire: Wire, path: str) -> None:
    session = await PollingSession.open(wire, path)
    first = await wire.begin("GET", session.address)
    second = await session.poll()
    assert (second.status, json.loads(second.body)) == (400, BAD_REQUEST)
    answer = await first
    assert (answer.status, answer.body) == (200, b"1")
    await _is_gone(session)


async def test_two_posts_at_once_end_the_session_over_http_1(patient_server: ServerProcess) -> None:
    async with open_wire("HTTP/1.1", patient_server) as wire:
        session = await PollingSession.open(wire)
        first = await RawPeer.connect(patient_server)
        # The server has taken this connection, so its next request is begun before one that is sent later by another.
        first.send(request("GET", NOWHERE))
        await first.wait_for(b"HTTP/1.1 404")
        first.send(request("POST", session.address, b"4fir", length=len(b"4first")))
        await wire.request("GET", NOWHERE)
        second = await session.post(b"4second")
        assert (second.status, json.loads(second.body)) == (400, BAD_REQUEST)
        first.send(b"st")
        await first.wait_for(b"Bad request")
        assert re.findall(rb"HTTP/1.1 (\d+)", first.last) == [b"404", b"400"]
        await _is_gone(session)
        first.drop()


async def test_two_posts_at_once_end_the_session_over_http_2(patient_server: ServerProcess) -> None:
    async with await Http2Connection.connect(patient_server) as connection:
        session = await PollingSession.open(Http2Wire(connection))
        first = await connection.open_stream("POST", session.address, end=False)
        await connection.send_body(first, b"4fir", end=False)
        second = await session.post(b"4second")
        assert (second.status, json.loads(second.body)) == (400, BAD_REQUEST)
        await connection.send_body(first, b"st")
        assert (await connection.response(first)).status == 400
        await _is_gone(session)


async def test_a_post_beside_a_poll_is_as_it_should_be(wire: Wire) -> None:
    session = await PollingSession.open(wire)
    poll = await wire.begin("GET", session.address)
    await session.send("4hello")
    assert (await poll).body == b"4hello"


async def _is_gone(session: PollingSession) -> None:
    for answer in (await session.poll(), await session.post(b"4hello")):
        assert (answer.status, json.loads(answer.body)) == (400, UNKNOWN_SESSION)
