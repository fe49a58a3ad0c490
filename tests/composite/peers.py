"""Clients that do what clients should not: half a request, half a handshake, a response that nobody reads.

Each function opens one, waits until the server has taken it on, and returns the socket.
"""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable

import h2.connection
from h2.config import H2Configuration

from tests.composite.ending import Subject
from tests.support.ports import HOST

TIMEOUT = 20.0  # seconds
SMALL_BUFFER = 4096  # bytes, so that a peer that does not read is noticed early
WHOLE_BODY = 1_000_000  # bytes announced; a thousandth of them is sent

Peer = Callable[[Subject], socket.socket]


def connect(subject: Subject, *, tls: bool = False, protocol: str = "http/1.1") -> socket.socket:
    """A connection with a small receive buffer."""
    port = subject.tls if tls else subject.plain
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    connection.settimeout(TIMEOUT)
    connection.connect((HOST, port.number))
    if tls:
        return subject.client_context(protocol).wrap_socket(connection, server_hostname=HOST)
    return connection


def request(connection: socket.socket, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> None:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)


def read_response(connection: socket.socket) -> bytes:
    """The whole response, or what there is of it when the connection ends."""
    data = _read_until(connection, b"", b"\r\n\r\n")
    head = data.lower()
    if b"transfer-encoding: chunked" in head:
        return _read_until(connection, data, b"0\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while length > 0 and (more := connection.recv(length)):
        data += more
        length -= len(more)
    return data


def _read_until(connection: socket.socket, data: bytes, end: bytes) -> bytes:
    """Byte by byte, so that nothing of the next message is taken."""
    while not data.endswith(end) and (more := connection.recv(1)):
        data += more
    return data


def silent(subject: Subject) -> socket.socket:
    """Never sends a byte."""
    return connect(subject)


def half_handshake(subject: Subject) -> socket.socket:
    """Connects to the TLS port and says nothing."""
    connection = socket.socket()
    connection.connect((HOST, subject.tls.number))
    return connection


def half_head(subject: Subject) -> socket.socket:
    connection = connect(subject)
    connection.sendall(b"GET / HTTP/1.1\r\nHost:")
    return connection


def kept_alive(subject: Subject) -> socket.socket:
    connection = connect(subject)
    request(connection, "/")
    read_response(connection)
    return connection


def kept_alive_tls(subject: Subject) -> socket.socket:
    connection = connect(subject, tls=True)
    request(connection, "/")
    read_response(connection)
    return connection


def slow_request(subject: Subject) -> socket.socket:
    return _asked(subject, "/sleep", "sleeping")


def unread_response(subject: Subject) -> socket.socket:
    return _asked(subject, "/big", "big")


def unread_response_tls(subject: Subject) -> socket.socket:
    return _asked(subject, "/big", "big", tls=True)


def half_upload(subject: Subject) -> socket.socket:
    connection = connect(subject)
    before = subject.marks.count("uploading")
    request(connection, "/upload", f"Content-Length: {WHOLE_BODY}", method="POST", body=bytes(WHOLE_BODY // 1000))
    subject.wait_for("uploading", before + 1)
    return connection


def open_poll(subject: Subject) -> socket.socket:
    """A Socket.IO client whose long poll waits."""
    connection = connect(subject)
    request(connection, "/socket.io/?EIO=4&transport=polling")
    session = read_response(connection).partition(b'"sid":"')[2].partition(b'"')[0].decode()
    path = f"/socket.io/?EIO=4&transport=polling&sid={session}"
    request(connection, path, "Content-Length: 2", method="POST", body=b"40")
    read_response(connection)
    request(connection, path)
    read_response(connection)  # the answer to 40
    request(connection, path)
    return connection


def let_it_be_read(subject: Subject) -> None:
    """Ask and be answered on another connection: what was sent before has reached its handler by then."""
    with connect(subject) as connection:
        request(connection, "/")
        read_response(connection)


def socketio_websocket(subject: Subject) -> socket.socket:
    connection = websocket(subject, "/socket.io/?EIO=4&transport=websocket")
    connection.sendall(_frame(b"40"))
    return connection


def open_websocket(subject: Subject) -> socket.socket:
    """Answers nothing, not even a close."""
    return websocket(subject, "/ws")


def unread_websocket(subject: Subject) -> socket.socket:
    before = subject.marks.count("flooding")
    connection = websocket(subject, "/flood")
    subject.wait_for("flooding", before + 1)
    return connection


def websocket(subject: Subject, path: str, *, tls: bool = False) -> socket.socket:
    """A WebSocket by hand, so that nothing answers by itself."""
    connection = connect(subject, tls=tls)
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13")
    request(connection, path, *upgrade)
    assert b" 101 " in read_response(connection)
    return connection


def h2_slow_request(subject: Subject) -> socket.socket:
    return _h2_asked(subject, "GET", "/sleep", "sleeping")


def h2_unread_response(subject: Subject) -> socket.socket:
    return _h2_asked(subject, "GET", "/big", "big")


def h2_half_upload(subject: Subject) -> socket.socket:
    return _h2_asked(subject, "POST", "/upload", "uploading")


def h2_idle(subject: Subject) -> socket.socket:
    connection = connect(subject, tls=True, protocol="h2")
    machine = _h2_machine()
    connection.sendall(machine.data_to_send())
    connection.recv(SMALL_BUFFER)
    return connection


EVERY_PEER: tuple[Peer, ...] = (
    silent,
    half_handshake,
    half_head,
    kept_alive,
    kept_alive_tls,
    slow_request,
    unread_response,
    unread_response_tls,
    half_upload,
    open_poll,
    socketio_websocket,
    open_websocket,
    unread_websocket,
    h2_idle,
    h2_slow_request,
    h2_unread_response,
    h2_half_upload,
)


def _asked(subject: Subject, path: str, mark: str, *, tls: bool = False) -> socket.socket:
    before = subject.marks.count(mark)
    connection = connect(subject, tls=tls)
    request(connection, path)
    subject.wait_for(mark, before + 1)
    return connection


def _h2_asked(subject: Subject, method: str, path: str, mark: str) -> socket.socket:
    before = subject.marks.count(mark)
    connection = connect(subject, tls=True, protocol="h2")
    machine = _h2_machine()
    headers = [(":method", method), (":scheme", "https"), (":authority", HOST), (":path", path)]
    machine.send_headers(1, headers, end_stream=method == "GET")
    if method == "POST":
        machine.send_data(1, bytes(WHOLE_BODY // 1000))
    connection.sendall(machine.data_to_send())
    subject.wait_for(mark, before + 1)
    return connection


def _h2_machine() -> h2.connection.H2Connection:
    machine = h2.connection.H2Connection(H2Configuration(client_side=True))
    machine.initiate_connection()
    return machine


def _frame(payload: bytes) -> bytes:
    """A short masked text frame (RFC 6455, 5.2); the mask is zero, so the payload stays as it is."""
    return bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload
