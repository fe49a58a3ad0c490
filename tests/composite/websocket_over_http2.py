"""A WebSocket over HTTP/2 (RFC 8441) by hand: h2 for the stream, wsproto for the frames."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from types import TracebackType

import h2.connection
import h2.events
from h2.config import H2Configuration
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, TextMessage

from tests.support.ports import HOST

TIMEOUT = 20.0  # seconds
STREAM = 1

Headers = list[tuple[str, str]]


class Http2Stream:
    """One stream on a connection of its own."""

    def __init__(self, port: int, ca_file: Path) -> None:
        context = ssl.create_default_context(cafile=str(ca_file))
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection((HOST, port), TIMEOUT)
        self._socket = context.wrap_socket(plain, server_hostname=HOST)
        self._machine = h2.connection.H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._machine.initiate_connection()
        self._frames = Connection(ConnectionType.CLIENT)
        self.reset = False
        self.ended = False
        self.body = b""

    def __enter__(self) -> Http2Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def get(self, path: str) -> None:
        """Ask for a path and read until the stream ends, in whatever way."""
        self._send_headers([(":method", "GET")], path, end=True)
        while not self.ended:
            self._read()

    def open_websocket(self, path: str) -> int:
        """The status: 200 when the WebSocket is open."""
        while not self._machine.remote_settings.enable_connect_protocol:
            self._flush()
            self._read()
        extended = [(":method", "CONNECT"), (":protocol", "websocket")]
        self._send_headers(extended, path, ("sec-websocket-version", "13"))
        return self._wait_for_status()

    def send_text(self, text: str) -> None:
        self._machine.send_data(STREAM, self._frames.send(TextMessage(text)))
        self._flush()

    def receive_text(self) -> str:
        """The next message."""
        while True:
            for event in self._frames.events():
                assert not isinstance(event, CloseConnection), event
                if isinstance(event, TextMessage):
                    return event.data
            before = len(self.body)
            self._read()
            self._frames.receive_data(self.body[before:])

    def _send_headers(
        self, first: list[tuple[str, str]], path: str, *more: tuple[str, str], end: bool = False
    ) -> None:
        rest = [(":scheme", "https"), (":authority", HOST), (":path", path), *more]
        self._machine.send_headers(STREAM, [*first, *rest], end_stream=end)
        self._flush()

    def _wait_for_status(self) -> int:
        while True:
            for event in self._read():
                if isinstance(event, h2.events.ResponseReceived):
                    return next(int(value) for name, value in event.headers if name in {":status", b":status"})

    def _read(self) -> list[h2.events.Event]:
        data = self._socket.recv(65_536)
        events: list[h2.events.Event] = self._machine.receive_data(data)
        for event in events:
            if isinstance(event, h2.events.DataReceived):
                self.body += event.data
                self._machine.acknowledge_received_data(event.flow_controlled_length, STREAM)
            self.reset = self.reset or isinstance(event, h2.events.StreamReset)
            self.ended = self.ended or isinstance(event, h2.events.StreamReset | h2.events.StreamEnded)
        self.ended = self.ended or not data
        self._flush()
        return events

    def _flush(self) -> None:
        self._socket.sendall(self._machine.data_to_send())
