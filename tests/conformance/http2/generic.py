"""h2spec's `generic` cases: what a server has to take."""

from __future__ import annotations

from h2.errors import ErrorCodes

from tests.conformance.http2.case import (
    STREAM,
    Answered,
    FirstData,
    Pong,
    SettingsTaken,
    Step,
    section,
    stream_closed,
)
from tests.support import http2_frames as wire
from tests.support.http2_frames import block, continuation, data, headers, ping, priority, request_fields, reset

GET = headers(STREAM)
POST = headers(STREAM, request_fields("POST"), end=False)
NO_WINDOW = wire.settings((wire.INITIAL_WINDOW_SIZE, 0))
_BLOCK = block(request_fields())


def _get_with(representation: bytes) -> tuple[Step, ...]:
    """A request whose header block ends in bytes of our own."""
    return (headers(STREAM, _BLOCK + representation),)


_HUFFMAN_USER_AGENT = b"\x87\xb5\x05\xb1\x61\xcc\x5a\x93\x84\x9c\x48\xac\xa4"
_USER_AGENT = b"\x0auser-agent\x06h2spec"
_HUFFMAN_X_TEST = b"\x85\xf2\xb2\x4a\x84\xff\x84\x9c\x48\xac\xa4"
_X_TEST = b"\x06x-test\x06h2spec"

GENERIC = [
    *section("generic/1", ("the preface of a client", (), SettingsTaken(0))),
    *section(
        "generic/2",
        ("PRIORITY on an idle stream", (priority(STREAM), ping()), Pong()),
        ("WINDOW_UPDATE, half closed", (NO_WINDOW, GET, wire.window_update(STREAM, 1)), FirstData([1])),
        (
            "PRIORITY, half closed",
            (NO_WINDOW, GET, priority(STREAM), wire.window_update(STREAM, 1)),
            FirstData([1]),
        ),
        ("RST_STREAM, half closed", (GET, reset(STREAM), ping()), Pong()),
        ("PRIORITY, closed", (GET, stream_closed, priority(STREAM), ping()), Pong()),
    ),
    *section(
        "generic/3.1",
        ("DATA", (POST, data(STREAM)), Answered()),
        ("more DATA", (POST, data(STREAM, end=False), data(STREAM)), Answered()),
        ("padded DATA", (POST, data(STREAM, padding=5)), Answered()),
    ),
    *section(
        "generic/3.2",
        ("HEADERS", (GET,), Answered()),
        ("padded HEADERS", (headers(STREAM, padding=8),), Answered()),
        ("HEADERS with a priority", (headers(STREAM, depends_on=0),), Answered()),
    ),
    *section(
        "generic/3.3",
        ("PRIORITY 1", (priority(STREAM, weight=0), GET), Answered()),
        ("PRIORITY 256", (priority(STREAM, weight=255), GET), Answered()),
        ("PRIORITY below a stream that is idle", (priority(STREAM + 2, STREAM, weight=0), GET), Answered()),
        ("exclusive PRIORITY", (priority(STREAM, weight=0, exclusive=True), GET), Answered()),
        ("PRIORITY on an idle stream, then a lower one", (priority(STREAM + 2), GET), Answered()),
    ),
    *section("generic/3.4", ("RST_STREAM", (headers(STREAM, end=False), reset(STREAM), ping()), Pong())),
    *section(
        "generic/3.5",
        (
            "SETTINGS",
            (
                wire.settings(
                    (wire.HEADER_TABLE_SIZE, 4096),
                    (wire.ENABLE_PUSH, 1),
                    (wire.MAX_CONCURRENT_STREAMS, 100),
                    (wire.INITIAL_WINDOW_SIZE, 65_535),
                    (wire.MAX_FRAME_SIZE, wire.FRAME_BYTES),
                    (wire.MAX_HEADER_LIST_SIZE, 100),
                ),
            ),
            SettingsTaken(),
        ),
    ),
    *section("generic/3.7", ("PING", (ping(b"h2spec\0\0"),), Pong(b"h2spec\0\0"))),
    *section(
        "generic/3.8",
        ("GOAWAY", (wire.goaway(ErrorCodes.NO_ERROR, debug=b"h2spec"), ping(b"h2spec\0\0")), Pong(b"h2spec\0\0")),
    ),
    *section(
        "generic/3.9",
        ("WINDOW_UPDATE of the connection", (wire.window_update(0, 1), ping()), Pong()),
        ("WINDOW_UPDATE of a stream", (GET, wire.window_update(STREAM, 1)), Answered()),
    ),
    *section(
        "generic/3.10",
        (
            "CONTINUATION",
            (headers(STREAM, _BLOCK[:5], complete=False), continuation(STREAM, _BLOCK[5:])),
            Answered(),
        ),
        (
            "CONTINUATION twice",
            (
                headers(STREAM, _BLOCK[:5], complete=False),
                continuation(STREAM, _BLOCK[5:10], complete=False),
                continuation(STREAM, _BLOCK[10:]),
            ),
            Answered(),
        ),
    ),
    *section(
        "generic/4",
        ("GET", (GET,), Answered()),
        ("HEAD", (headers(STREAM, request_fields("HEAD")),), Answered()),
        ("POST", (POST, data(STREAM)), Answered()),
        (
            "POST with trailers",
            (
                headers(STREAM, request_fields("POST", "/", ("trailer", "x-test")), end=False),
                data(STREAM, end=False),
                headers(STREAM, [("x-test", "ok")]),
            ),
            Answered(),
        ),
    ),
    *section(
        "generic/5",
        ("an indexed field", _get_with(b"\xba"), Answered()),
        ("incremental indexing, Huffman coded", _get_with(b"\x40" + _HUFFMAN_USER_AGENT), Answered()),
        ("incremental indexing", _get_with(b"\x40" + _USER_AGENT), Answered()),
        ("incremental indexing of a new name", _get_with(b"\x40" + _X_TEST), Answered()),
        ("incremental indexing of a new name, Huffman coded", _get_with(b"\x40" + _HUFFMAN_X_TEST), Answered()),
        ("without indexing", _get_with(b"\x00" + _USER_AGENT), Answered()),
        ("without indexing, Huffman coded", _get_with(b"\x00" + _HUFFMAN_USER_AGENT), Answered()),
        ("a new name without indexing", _get_with(b"\x00" + _X_TEST), Answered()),
        ("a new name without indexing, Huffman coded", _get_with(b"\x00" + _HUFFMAN_X_TEST), Answered()),
        ("never indexed", _get_with(b"\x10" + _USER_AGENT), Answered()),
        ("never indexed, Huffman coded", _get_with(b"\x10" + _HUFFMAN_USER_AGENT), Answered()),
        ("a new name never indexed", _get_with(b"\x10" + _X_TEST), Answered()),
        ("a new name never indexed, Huffman coded", _get_with(b"\x10" + _HUFFMAN_X_TEST), Answered()),
        ("a smaller dynamic table", (headers(STREAM, b"\x3f\x61" + _BLOCK),), Answered()),
        ("the size of the dynamic table twice", (headers(STREAM, b"\x3f\x61\x3f\xe1\x1f" + _BLOCK),), Answered()),
    ),
]
