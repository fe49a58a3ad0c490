"""h2spec's `http2` cases of RFC 7540, 7 and 8, and its `hpack` cases (RFC 7541): what well-formed frames say."""

from __future__ import annotations

from h2.errors import ErrorCodes

from tests.conformance.http2.case import STREAM, Pong, Step, connection_error, fields, section, stream_error
from tests.conformance.http2.generic import POST
from tests.conformance.http2.streams import PROTOCOL
from tests.support import http2_frames as wire
from tests.support.http2_frames import block, data, frame, headers, ping, request_fields, reset

UNKNOWN_CODE = 0xFF
_COMPRESSION = connection_error(ErrorCodes.COMPRESSION_ERROR)
_MALFORMED = stream_error(PROTOCOL)
_BLOCK = block(request_fields())


def _with(*more: tuple[str, str]) -> tuple[Step, ...]:
    return (headers(STREAM, request_fields("GET", "/", *more)),)


def _post_of_one_byte(*bodies: bytes) -> tuple[Step, ...]:
    return (headers(STREAM, request_fields("POST", "/", ("content-length", "1")), end=False), *bodies)


def _get_with(representation: bytes) -> tuple[Step, ...]:
    return (headers(STREAM, _BLOCK + representation),)


MESSAGES = [
    *section(
        "http2/7",
        # As good as INTERNAL_ERROR: the client says that it will not go on, and the connection may end.
        ("GOAWAY with an unknown code", (wire.goaway(UNKNOWN_CODE),), connection_error()),
        (
            "RST_STREAM with an unknown code",
            (POST, reset(STREAM, UNKNOWN_CODE), ping()),
            Pong(),
        ),
    ),
    *section(
        "http2/8.1",
        (
            "HEADERS again that are no trailers",
            (POST, data(STREAM, end=False), headers(STREAM, [("x-test", "ok")], end=False)),
            _MALFORMED,
        ),
    ),
    *section("http2/8.1.2", ("a name in upper case", _with(("X-TEST", "ok")), _MALFORMED)),
    *section(
        "http2/8.1.2.1",
        ("an unknown pseudo field", _with((":test", "ok")), _MALFORMED),
        ("a pseudo field of responses", _with((":status", "200")), _MALFORMED),
        (
            "a pseudo field in trailers",
            (POST, data(STREAM, end=False), headers(STREAM, [(":method", "POST")], end=False)),
            _MALFORMED,
        ),
        ("pseudo fields after others", (headers(STREAM, [("x-test", "ok"), *request_fields()]),), _MALFORMED),
    ),
    *section(
        "http2/8.1.2.2",
        ("a field of the connection", _with(("connection", "keep-alive")), _MALFORMED),
        ("TE of something else than trailers", _with(("trailers", "test"), ("te", "trailers, deflate")), _MALFORMED),
    ),
    *section(
        "http2/8.1.2.3",
        ("an empty path", (headers(STREAM, fields(path="")),), _MALFORMED),
        ("no method", (headers(STREAM, fields(without=":method")),), _MALFORMED),
        ("no scheme", (headers(STREAM, fields(without=":scheme")),), _MALFORMED),
        ("no path", (headers(STREAM, fields(without=":path")),), _MALFORMED),
        ("two methods", _with((":method", "GET")), _MALFORMED),
        ("two schemes", _with((":scheme", "https")), _MALFORMED),
        ("two paths", _with((":path", "/")), _MALFORMED),
    ),
    *section(
        "http2/8.1.2.6",
        ("another length than said", _post_of_one_byte(data(STREAM)), _MALFORMED),
        (
            "another length than said in two parts",
            _post_of_one_byte(data(STREAM, end=False), data(STREAM)),
            _MALFORMED,
        ),
    ),
    *section(
        "http2/8.2",
        (
            "PUSH_PROMISE of a client",
            (frame(wire.PUSH_PROMISE, wire.END_HEADERS, STREAM, (5).to_bytes(4, "big") + _BLOCK),),
            connection_error(PROTOCOL),
        ),
    ),
    *section(
        "hpack/2.3.3",
        ("an index beyond both tables", _get_with(b"\xc6"), _COMPRESSION),
        ("a name with an index beyond both tables", _get_with(b"\x7f\x07\x00"), _COMPRESSION),
    ),
    *section("hpack/4.2", ("a size of the table at the end of a block", _get_with(b"\x21"), _COMPRESSION)),
    *section(
        "hpack/5.2",
        (
            "more than seven bits of padding",
            _get_with(b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"),
            _COMPRESSION,
        ),
        ("padding of zeros", _get_with(b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90"), _COMPRESSION),
        (
            "the end of a string within it",
            _get_with(b"\x00\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51\xff\xff\xff\xfa\x7f"),
            _COMPRESSION,
        ),
    ),
    *section("hpack/6.1", ("index 0", _get_with(b"\x80"), _COMPRESSION)),
    *section("hpack/6.3", ("a table larger than allowed", (headers(STREAM, b"\x3f\xe2\x1f" + _BLOCK),), _COMPRESSION)),
]
