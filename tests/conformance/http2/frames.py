"""h2spec's `http2` cases of RFC 7540, 6: one kind of frame after the other."""

from __future__ import annotations

from h2.errors import ErrorCodes

from tests.conformance.http2.case import (
    STREAM,
    Answered,
    FirstData,
    Pong,
    SettingsTaken,
    connection_error,
    section,
    stream_error,
)
from tests.conformance.http2.generic import GET, NO_WINDOW
from tests.conformance.http2.streams import CLOSED, MORE, OPEN, PROTOCOL, SIZE, UNFINISHED
from tests.support import http2_frames as wire
from tests.support.http2_frames import (
    LARGEST_WINDOW,
    block,
    continuation,
    data,
    frame,
    headers,
    ping,
    priority,
    request_fields,
    reset,
    settings,
    window_update,
)

FLOW = ErrorCodes.FLOW_CONTROL_ERROR
_DUMMY = [("x-dummy0", "x" * 100)]
_UNFINISHED_POST = headers(STREAM, request_fields("POST"), end=False, complete=False)
_BLOCK = block(request_fields())


def _window(size: int) -> bytes:
    return settings((wire.INITIAL_WINDOW_SIZE, size))


FRAMES = [
    *section(
        "http2/6.1",
        ("DATA of no stream", (data(0),), connection_error(PROTOCOL)),
        ("DATA where none may come", (headers(STREAM, request_fields("POST")), data(STREAM)), stream_error(CLOSED)),
        (
            "DATA of nothing but padding, and too much of that",
            (
                headers(STREAM, request_fields("POST", "/", ("content-length", "4")), end=False),
                frame(wire.DATA, wire.PADDED | wire.END_STREAM, STREAM, b"\x06Test"),
            ),
            connection_error(PROTOCOL),
        ),
    ),
    *section(
        "http2/6.2",
        ("PRIORITY within a header block", (UNFINISHED, priority(STREAM), MORE), connection_error(PROTOCOL)),
        (
            "HEADERS within a header block",
            (UNFINISHED, headers(STREAM + 2), MORE),
            connection_error(PROTOCOL),
        ),
        ("HEADERS of no stream", (headers(0),), connection_error(PROTOCOL)),
        (
            "HEADERS with too much padding",
            (frame(wire.HEADERS, 0x0D, STREAM, bytes([len(_BLOCK) + 2]) + _BLOCK),),
            connection_error(PROTOCOL),
        ),
    ),
    *section(
        "http2/6.3",
        ("PRIORITY of no stream", (priority(0),), connection_error(PROTOCOL)),
        (
            "PRIORITY of another length",
            (GET, frame(wire.PRIORITY, 0, STREAM, b"\x80\x00\x00\x01")),
            stream_error(SIZE),
        ),
    ),
    *section(
        "http2/6.4",
        ("RST_STREAM of no stream", (reset(0),), connection_error(PROTOCOL)),
        ("RST_STREAM of an idle stream", (reset(STREAM),), connection_error(PROTOCOL)),
        ("RST_STREAM of another length", (GET, frame(wire.RST_STREAM, 0, STREAM, bytes(3))), connection_error(SIZE)),
    ),
    *section(
        "http2/6.5",
        ("ACK that is not empty", (frame(wire.SETTINGS, wire.ACK, 0, bytes(1)),), connection_error(SIZE)),
        (
            "SETTINGS of a stream",
            (frame(wire.SETTINGS, 0, 1, b"\x00\x03\x00\x00\x00\x64"),),
            connection_error(PROTOCOL),
        ),
        ("SETTINGS of half a value", (frame(wire.SETTINGS, 0, 0, b"\x00\x03\x00"),), connection_error(SIZE)),
    ),
    *section(
        "http2/6.5.2",
        ("ENABLE_PUSH 2", (settings((wire.ENABLE_PUSH, 2)),), connection_error(PROTOCOL)),
        ("INITIAL_WINDOW_SIZE 2^31", (_window(LARGEST_WINDOW + 1),), connection_error(FLOW)),
        ("MAX_FRAME_SIZE too small", (settings((wire.MAX_FRAME_SIZE, 16_383)),), connection_error(PROTOCOL)),
        ("MAX_FRAME_SIZE too large", (settings((wire.MAX_FRAME_SIZE, 2**24)),), connection_error(PROTOCOL)),
        ("an unknown setting", (settings((0xFF, 1)), ping()), Pong()),
    ),
    *section(
        "http2/6.5.3",
        (
            "the last of two values",
            (settings((wire.INITIAL_WINDOW_SIZE, 100), (wire.INITIAL_WINDOW_SIZE, 1)), SettingsTaken(), GET),
            FirstData([1]),
        ),
        ("SETTINGS are acknowledged", (settings((wire.ENABLE_PUSH, 0)),), SettingsTaken()),
    ),
    *section(
        "http2/6.7",
        ("PING", (ping(b"h2spec\0\0"),), Pong(b"h2spec\0\0")),
        ("PING with ACK", (ping(b"invalid\0", ack=True), ping(b"h2spec\0\0")), Pong(b"h2spec\0\0")),
        ("PING of a stream", (frame(wire.PING, 0, 1, bytes(8)),), connection_error(PROTOCOL)),
        ("PING of another length", (frame(wire.PING, 0, 0, bytes(6)),), connection_error(SIZE)),
    ),
    *section("http2/6.8", ("GOAWAY of a stream", (frame(wire.GOAWAY, 0, 1, bytes(8)),), connection_error(PROTOCOL))),
    *section(
        "http2/6.9",
        ("WINDOW_UPDATE by nothing", (window_update(0, 0),), connection_error(PROTOCOL)),
        ("WINDOW_UPDATE of a stream by nothing", (OPEN, window_update(STREAM, 0)), stream_error(PROTOCOL)),
        (
            "WINDOW_UPDATE of another length",
            (frame(wire.WINDOW_UPDATE, 0, 0, b"\x00\x00\x01"),),
            connection_error(SIZE),
        ),
    ),
    *section(
        "http2/6.9.1",
        ("a window of one byte", (_window(1), SettingsTaken(), GET), FirstData([1])),
        (
            "a window above 2^31-1",
            (window_update(0, LARGEST_WINDOW), window_update(0, LARGEST_WINDOW)),
            connection_error(FLOW),
        ),
        (
            "a stream's window above 2^31-1",
            (OPEN, window_update(STREAM, LARGEST_WINDOW), window_update(STREAM, LARGEST_WINDOW)),
            stream_error(FLOW),
        ),
    ),
    *section(
        "http2/6.9.2",
        ("a window that opens later", (NO_WINDOW, SettingsTaken(), GET, _window(1)), FirstData([1])),
        (
            "a window below nothing",
            (
                _window(3),
                SettingsTaken(),
                GET,
                FirstData([3]),
                _window(2),
                SettingsTaken(2),
                window_update(STREAM, 2),
            ),
            FirstData([3, 1]),
        ),
        ("INITIAL_WINDOW_SIZE 2^31", (_window(LARGEST_WINDOW + 1),), connection_error(FLOW)),
    ),
    *section(
        "http2/6.10",
        (
            "CONTINUATION twice",
            (
                headers(STREAM, complete=False),
                continuation(STREAM, _DUMMY, complete=False),
                continuation(STREAM, _DUMMY),
            ),
            Answered(),
        ),
        (
            "DATA within a header block",
            (_UNFINISHED_POST, continuation(STREAM, _DUMMY, complete=False), data(STREAM)),
            connection_error(PROTOCOL),
        ),
        (
            "CONTINUATION of no stream",
            (headers(STREAM, complete=False), continuation(0, _DUMMY)),
            connection_error(PROTOCOL),
        ),
        ("CONTINUATION after the end of HEADERS", (GET, MORE), connection_error(PROTOCOL)),
        (
            "CONTINUATION after the end of CONTINUATION",
            (headers(STREAM, complete=False), MORE, MORE),
            connection_error(PROTOCOL),
        ),
        (
            "CONTINUATION after DATA",
            (_UNFINISHED_POST, data(STREAM), continuation(STREAM, _DUMMY, complete=False), continuation(0, _DUMMY)),
            connection_error(PROTOCOL),
        ),
    ),
]
