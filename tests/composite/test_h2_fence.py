"""A server's connection in memory, and frames that are wrong on one of its streams."""

from __future__ import annotations

from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from hubbub.composite import h2_fence
from hubbub.composite.h2_fence import with_stream_errors
from tests.support import http2_frames as wire
from tests.support.http2_frames import data, frame, headers, request_fields

MOST_STREAMS = 2
MOST_FIELD_BYTES = 1_000


class Server:
    """The connection as Hypercorn makes it, with a client that has begun."""

    def __init__(self) -> None:
        connection = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        values = {
            SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            SettingCodes.MAX_HEADER_LIST_SIZE: MOST_FIELD_BYTES,
        }
        connection.local_settings = Settings(client=False, initial_values=values)
        self.connection: Any = with_stream_errors(connection)
        self.connection.initiate_connection()
        self.take(wire.PREFACE, wire.settings())
        self.connection.data_to_send()

    def take(self, *parts: bytes) -> list[Event]:
        return list(self.connection.receive_data(b"".join(parts)))

    def sent(self) -> list[tuple[int, int, int]]:
        """(type, stream, code) of what it sends; the code only of resets and GOAWAY."""
        data, found = self.connection.data_to_send(), []
        while data:
            end = 9 + int.from_bytes(data[:3], "big")
            kind, stream, payload = data[3], int.from_bytes(data[5:9], "big"), data[9:end]
            code = {wire.RST_STREAM: payload[:4], wire.GOAWAY: payload[4:8]}.get(kind, b"")
            found.append((kind, stream, int.from_bytes(code, "big")))
            data = data[end:]
        return found

    def takes_requests(self, stream: int) -> bool:
        return any(isinstance(event, RequestReceived) for event in self.take(headers(stream)))


def test_a_request_that_is_malformed_is_reset_and_the_next_is_taken() -> None:
    server = Server()
    events = server.take(headers(1, request_fields("GET", "/", ("X-Upper", "1"))), data(1))
    assert [type(event) for event in events][:1] == [StreamReset]
    assert (wire.RST_STREAM, 1, ErrorCodes.PROTOCOL_ERROR) in server.sent()
    assert server.takes_requests(3)


def test_a_status_in_a_request_is_malformed_too() -> None:
    server = Server()
    server.take(headers(1, [(":status", "100")], end=False))
    assert server.sent() == [(wire.RST_STREAM, 1, ErrorCodes.PROTOCOL_ERROR)]
    assert server.takes_requests(3)


def test_a_stream_too_many_is_refused_and_its_fields_are_known_afterwards() -> None:
    server = Server()
    encoder = H2Connection(H2Configuration(client_side=True)).encoder
    for stream in (1, 3):
        server.take(headers(stream, encoder.encode(request_fields()), end=False))
    server.take(headers(5, encoder.encode(request_fields("GET", "/", ("x-new", "value")))))
    assert server.sent() == [(wire.RST_STREAM, 5, ErrorCodes.REFUSED_STREAM)]
    server.take(wire.reset(1))
    events = server.take(headers(7, encoder.encode(request_fields("GET", "/", ("x-new", "value")))))
    request = next(event for event in events if isinstance(event, RequestReceived))
    assert (b"x-new", b"value") in request.headers


def test_another_length_than_said_costs_the_connection_no_window() -> None:
    server = Server()
    before = server.connection.inbound_flow_control_window
    for index in range(10):
        stream = 1 + 2 * index
        fields = request_fields("POST", "/", ("content-length", "1"))
        events = server.take(headers(stream, fields, end=False), data(stream, bytes(16_000)))
        assert [type(event) for event in events] == [RequestReceived, StreamReset]
    assert server.connection.inbound_flow_control_window > before - 4 * 16_000


def test_a_stream_that_overruns_its_window_is_reset() -> None:
    server = Server()
    server.connection.increment_flow_control_window(wire.WINDOW_BYTES)
    server.take(headers(1, request_fields("POST"), end=False))
    parts = [data(1, bytes(16_000), end=False)] * 5
    assert isinstance(server.take(*parts)[-1], StreamReset)
    assert (wire.RST_STREAM, 1, ErrorCodes.FLOW_CONTROL_ERROR) in server.sent()
    assert server.takes_requests(3)


def test_a_connection_that_overruns_its_window_ends() -> None:
    server = Server()
    server.take(headers(1, request_fields("POST"), end=False))
    with pytest.raises(ProtocolError):
        server.take(*[data(1, bytes(16_000), end=False)] * 5)


def test_a_frame_that_is_too_long_is_refused_by_its_head() -> None:
    server = Server()
    with pytest.raises(ProtocolError):
        server.take(frame(wire.DATA, 0, 1, length=2**24 - 1))
    assert server.sent() == [(wire.GOAWAY, 0, ErrorCodes.FRAME_SIZE_ERROR)]


def test_more_fields_than_announced_are_refused() -> None:
    server = Server()
    with pytest.raises(ProtocolError):
        server.take(headers(1, request_fields("GET", "/", ("x-long", "x" * MOST_FIELD_BYTES))))
    assert server.sent() == [(wire.GOAWAY, 0, ErrorCodes.ENHANCE_YOUR_CALM)]


def test_who_leaves_in_peace_is_still_answered() -> None:
    server = Server()
    server.take(headers(1), wire.goaway(ErrorCodes.NO_ERROR))
    server.connection.send_headers(1, [(b":status", b"200")], end_stream=True)
    assert server.sent() == [(wire.HEADERS, 1, 0)]


def test_what_is_right_stays_as_it_was() -> None:
    server = Server()
    events = server.take(headers(1, request_fields("POST"), end=False), data(1, b"body"))
    assert [type(event) for event in events] == [RequestReceived, DataReceived, StreamEnded]


def test_an_unknown_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h2_fence, "KNOWN", False)
    connection = H2Connection(H2Configuration(client_side=False))
    assert with_stream_errors(connection) is connection
