"""h2spec's `http2` cases of RFC 7540, 3.5 to 5.5: the preface, the format of frames, the states of streams."""

from __future__ import annotations

from functools import partial

from h2.errors import ErrorCodes

from tests.conformance.http2.case import (
    STREAM,
    Answered,
    Pong,
    SettingsTaken,
    connection_error,
    section,
    stream_closed,
    stream_error,
)
from tests.conformance.http2.generic import GET, NO_WINDOW, POST
from tests.support import http2_frames as wire
from tests.support.http2_frames import block, continuation, data, frame, headers, ping, priority, request_fields, reset

PROTOCOL, CLOSED, SIZE = ErrorCodes.PROTOCOL_ERROR, ErrorCodes.STREAM_CLOSED, ErrorCodes.FRAME_SIZE_ERROR

MAX_STREAMS = 100  # what the server announces (SETTINGS_MAX_CONCURRENT_STREAMS)
OPEN = headers(STREAM, end=False)
UNFINISHED = headers(STREAM, end=False, complete=False)
MORE = continuation(STREAM, [("x-dummy0", "x" * 100)])
UNKNOWN_FRAME = frame(wire.UNKNOWN, 0, 0, bytes(8))
# Four fields of 4,000 bytes, as h2spec pads it: more than a frame may hold.
LARGE_FIELDS = request_fields("GET", "/", *((f"x-dummy{index}", "x" * 4_200) for index in range(4)))

_plain_block = partial(block, request_fields())

STREAMS = [
    *section(
        "http2/3.5",
        # The second, another preface, is a test of its own: there is no connection before it.
        ("the preface of a client", (), SettingsTaken(0)),
    ),
    *section(
        "http2/4.1",
        ("a frame of an unknown type", (UNKNOWN_FRAME, ping()), Pong()),
        ("undefined flags", (frame(wire.PING, 0x16, 0, bytes(8)),), Pong()),
        ("the reserved bit", (frame(wire.PING, 0x16, 0x8000_0000, bytes(8)),), Pong()),
    ),
    *section(
        "http2/4.2",
        ("DATA as large as may be", (POST, data(STREAM, bytes(wire.FRAME_BYTES))), Answered()),
        ("larger DATA", (POST, data(STREAM, bytes(wire.FRAME_BYTES + 1))), connection_error(SIZE)),
        ("larger HEADERS", (headers(STREAM, LARGE_FIELDS + LARGE_FIELDS),), connection_error(SIZE)),
    ),
    *section(
        "http2/4.3",
        ("an invalid header block", (headers(STREAM, b"\x40"),), connection_error(ErrorCodes.COMPRESSION_ERROR)),
        ("PRIORITY within a header block", (UNFINISHED, priority(STREAM), MORE), connection_error(PROTOCOL)),
        (
            "another stream's HEADERS within a header block",
            (UNFINISHED, headers(STREAM + 2), MORE),
            connection_error(PROTOCOL),
        ),
    ),
    *section(
        "http2/5.1",
        # Of a connection, says 5.1; of a stream, says 6.1.
        ("idle: DATA", (data(STREAM),), connection_error(PROTOCOL)),
        ("idle: RST_STREAM", (reset(STREAM),), connection_error(PROTOCOL)),
        ("idle: WINDOW_UPDATE", (wire.window_update(STREAM, 100),), connection_error(PROTOCOL)),
        ("idle: CONTINUATION", (continuation(STREAM, _plain_block()),), connection_error(PROTOCOL)),
        ("half closed: DATA", (GET, data(STREAM)), stream_error(CLOSED)),
        ("half closed: HEADERS", (NO_WINDOW, GET, GET), stream_error(CLOSED)),
        ("half closed: CONTINUATION", (GET, continuation(STREAM, _plain_block())), connection_error(PROTOCOL)),
        ("reset: DATA", (OPEN, reset(STREAM), data(STREAM)), stream_error(CLOSED)),
        ("reset: HEADERS", (OPEN, reset(STREAM), GET), stream_error(CLOSED)),
        ("reset: CONTINUATION", (OPEN, reset(STREAM), MORE), connection_error(PROTOCOL)),
        ("closed: DATA", (GET, stream_closed, data(STREAM)), stream_error(CLOSED)),
        ("closed: HEADERS", (GET, stream_closed, GET), connection_error(CLOSED)),
        ("closed: CONTINUATION", (GET, stream_closed, MORE), connection_error(PROTOCOL)),
    ),
    *section(
        "http2/5.1.1",
        ("an even number", (headers(2),), connection_error(PROTOCOL)),
        ("a number below the last", (headers(STREAM + 2), headers(STREAM)), connection_error(PROTOCOL)),
    ),
    *section(
        "http2/5.1.2",
        (
            "more streams at once than announced",
            # With the bystander's there is one too many.
            (NO_WINDOW, b"".join(headers(STREAM + 2 * index) for index in range(MAX_STREAMS))),
            stream_error(ErrorCodes.REFUSED_STREAM, stream=STREAM + 2 * (MAX_STREAMS - 1)),
        ),
    ),
    *section(
        "http2/5.3.1",
        ("HEADERS that depend on themselves", (headers(STREAM, depends_on=STREAM),), stream_error(PROTOCOL)),
        # Of an idle stream, which cannot be reset (RFC 9113, 6.4).
        ("PRIORITY that depends on itself", (priority(STREAM, STREAM),), connection_error(PROTOCOL)),
    ),
    *section(
        "http2/5.4.1",
        ("the end after an error", (frame(wire.PING, 0, 3, bytes(8)),), connection_error(PROTOCOL)),
        ("GOAWAY before the end", (frame(wire.PING, 0, 3, bytes(8)),), connection_error(PROTOCOL)),
    ),
    *section(
        "http2/5.5",
        ("a frame of an unknown type", (UNKNOWN_FRAME, ping()), Pong()),
        ("one within a header block", (UNFINISHED, UNKNOWN_FRAME), connection_error(PROTOCOL)),
    ),
]
