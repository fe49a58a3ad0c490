"""HTTP/2 floods, bombs and stalls, each frame of which is right: what they cost, and that others notice nothing.

One server for all: what it has leaked, and what it has logged, is looked at when they are over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from h2.errors import ErrorCodes
from hpack import Encoder

from tests.conformance.http2.case import Pong
from tests.conformance.http2.census import taken_at
from tests.conformance.http2.witness import MIB, Witness, first_person, settle, witnessed_server
from tests.support import http2_frames as wire
from tests.support.http2_frames import RawHttp2, continuation, data, headers, ping, priority, request_fields, reset
from tests.support.people import People, Person
from tests.support.server import ServerProcess

STREAM = 3
# What a flood may add to the server while it is under way: what a connection buffers, and the garbage of its frames.
MEMORY_BYTES = 24 * MIB

Frames = Iterator[bytes]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with witnessed_server(tmp_path_factory.mktemp("floods")) as server:
        yield server


@pytest.fixture(scope="module")
def person(server: ServerProcess) -> Person:
    return first_person(server)


@dataclass(frozen=True)
class Flood:
    """So much of something that the connection is closed with `code`; None, if it has to bear it."""

    title: str
    frames: Callable[[], Frames]
    code: ErrorCodes | None

    def __str__(self) -> str:
        return self.title


def _streams(count: int) -> range:
    return range(STREAM, STREAM + 2 * count, 2)


def _many(part: bytes, count: int) -> Callable[[], Frames]:
    return lambda: (part for _ in range(count))


def _rapid_reset() -> Frames:
    return (headers(stream) + reset(stream) for stream in _streams(4_000))


def _made_to_reset() -> Frames:
    """The client never resets: it has the server do so, by a fault each time (CVE-2025-8671)."""
    return (headers(stream) + wire.window_update(stream, 0) for stream in _streams(4_000))


def _priorities() -> Frames:
    """Each of a stream that was never there, below another such."""
    return (priority(stream, stream + 2) for stream in _streams(5_000))


def _endless_block() -> Frames:
    yield headers(STREAM, request_fields(), complete=False)
    for _ in range(10_000):
        yield continuation(STREAM, b"", complete=False)


def _large_block() -> Frames:
    """Names and values that are too much for anybody, in frames as large as they may be."""
    yield headers(STREAM, request_fields(), complete=False)
    for _ in range(60):
        yield continuation(STREAM, [("x-large", "x" * 15_000)], complete=False)
    yield continuation(STREAM, [("x-last", "x")])


def _bomb() -> Frames:
    """One field of 4,000 bytes in the table, and then a byte for each time that it comes again (RFC 7541, 7.3)."""
    block = Encoder().encode([*request_fields(), ("x-bomb", "x" * 4_000)])
    yield headers(STREAM, block + b"\xbe" * 10_000)


def _empty_data() -> Frames:
    yield headers(STREAM, request_fields("POST"), end=False)
    for _ in range(60_000):
        yield data(STREAM, b"", end=False)


def _overflow() -> Frames:
    yield headers(STREAM, end=False)
    yield from (wire.window_update(0, 2**20) for _ in range(2**11))


CALM = ErrorCodes.ENHANCE_YOUR_CALM
FLOODS = [
    Flood("PRIORITY of made-up streams", _priorities, None),
    Flood("PRIORITY of one stream", _many(priority(STREAM), 5_000), None),
    Flood("PING", _many(ping(), 2_000), None),
    Flood("PING without end", _many(ping(), 60_000), CALM),
    Flood("SETTINGS without end", _many(wire.settings((wire.INITIAL_WINDOW_SIZE, 65_535)), 60_000), CALM),
    Flood("unknown frames without end", _many(wire.frame(wire.UNKNOWN, 0, 0), 60_000), CALM),
    Flood("empty DATA without end", _empty_data, CALM),
    Flood("rapid reset", _rapid_reset, CALM),
    Flood("streams made to be reset", _made_to_reset, CALM),
    Flood("CONTINUATION without end", _endless_block, ErrorCodes.PROTOCOL_ERROR),
    Flood("a header block without end", _large_block, CALM),
    Flood("a bomb of headers", _bomb, CALM),
    Flood("WINDOW_UPDATE beyond 2^31-1", _overflow, ErrorCodes.FLOW_CONTROL_ERROR),
]


@pytest.mark.parametrize("flood", FLOODS, ids=str)
async def test_a_flood_ends_its_connection_at_most(server: ServerProcess, person: Person, flood: Flood) -> None:
    async with (
        People(server) as people,
        await RawHttp2.connect(server) as flooding,
        await RawHttp2.connect(server) as other,
    ):
        witness = await settle(server, people, person)
        await witness.wait_on(flooding)
        await witness.wait_on(other)
        before = taken_at(server).resident_bytes
        await _pour(flooding, flood.frames())
        if flood.code is None:
            await flooding.send(ping(b"are you?"))
            await Pong(b"are you?")(flooding)
        else:
            await flooding.wait_closed()
            assert [each.code for each in flooding.frames if each.kind == wire.GOAWAY] == [flood.code]
        assert taken_at(server).resident_bytes - before < MEMORY_BYTES
        await witness.speak()
        await witness.expect_answer(other)
        if flood.code is None:
            await witness.expect_answer(flooding)


async def _pour(connection: RawHttp2, frames: Frames) -> None:
    """Send them as fast as the server takes them, until it takes no more."""
    batch = bytearray()
    for each in frames:
        batch += each
        if len(batch) >= wire.FRAME_BYTES:
            await connection.send(bytes(batch))
            batch.clear()
            if connection.closed:
                return
    await connection.send(bytes(batch))


async def _stalled(server: ServerProcess) -> RawHttp2:
    """A connection whose window is closed, with as many answers waiting for it as there may be streams."""
    connection = await RawHttp2.connect(server, wire.PREFACE + wire.settings((wire.INITIAL_WINDOW_SIZE, 0)))
    await connection.send(*(headers(stream) for stream in _streams(99)))
    await connection.find(lambda each: each.kind == wire.HEADERS and each.stream == _streams(99)[-1])
    return connection


async def test_clients_that_open_no_window_harm_nobody_and_leave_nothing(
    server: ServerProcess, person: Person
) -> None:
    async with People(server) as people, await RawHttp2.connect(server) as other:
        witness: Witness = await settle(server, people, person)
        await witness.wait_on(other)
        stalled = await asyncio.gather(*(_stalled(server) for _ in range(5)))
        await witness.speak()
        await witness.expect_answer(other)
        for connection in stalled:
            await connection.close()


async def test_an_answer_before_the_end_of_the_body_harms_nobody(server: ServerProcess, person: Person) -> None:
    """A body of more than is read, which goes on after its 413."""
    async with People(server) as people, await RawHttp2.connect(server) as connection:
        witness = await settle(server, people, person)
        await witness.wait_on(connection)
        await connection.send(headers(STREAM, request_fields("POST", "/api/v1/rooms"), end=False))
        piece = data(STREAM, bytes(wire.FRAME_BYTES), end=False)
        while STREAM not in connection.answers:
            sent = len(connection.frames)
            await connection.send(piece, piece)
            await connection.find(
                lambda each: each.kind == wire.HEADERS or (each.kind == wire.WINDOW_UPDATE and each.stream == 0), sent
            )
        assert await connection.status(STREAM) == 413
        await connection.ended(STREAM)
        await connection.send(piece, piece)
        await connection.find(lambda each: each.kind == wire.RST_STREAM and each.stream == STREAM)
        await witness.speak()
        await witness.expect_answer(connection)


@pytest.mark.parametrize("size", [1, 1_000])
async def test_a_refused_body_in_small_parts_harms_nobody(server: ServerProcess, person: Person, size: int) -> None:
    """Whoever refuses it reads no more of it, and the parts that come meanwhile are more than a queue holds."""
    async with People(server) as people, await RawHttp2.connect(server) as connection:
        witness = await settle(server, people, person)
        await witness.wait_on(connection)
        fields = request_fields("POST", "/api/v1/rooms", ("origin", "https://elsewhere.example"))
        await connection.send(headers(STREAM, fields, end=False))
        parts = data(STREAM, bytes(size), end=False) * (wire.FRAME_BYTES // size)
        while STREAM not in connection.answers:
            sent = len(connection.frames)
            await connection.send(parts, ping())
            await connection.find(lambda each: each.is_ack, sent)
        assert await connection.status(STREAM) == 403
        await witness.speak()
        await witness.expect_answer(connection)
