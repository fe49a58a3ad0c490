"""An HTTP/3 client on aioquic, over real datagrams; faults on purpose included."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import H3_ALPN, ErrorCode, FrameType, H3Connection, H3Stream
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, QuicEvent, StopSendingReceived, StreamReset

from tests.support.deadline import DEADLINE
from tests.support.http2 import Response
from tests.support.ports import HOST

Headers = Sequence[tuple[str, str]]


class Http3Reset(Exception):
    """The server reset the stream, or ended the connection under it; `code` is of RFC 9114, section 8.1."""

    def __init__(self, stream_id: int, code: int) -> None:
        super().__init__(f"stream {stream_id} was reset with {code:#x}")
        self.code = code


class _Frames(H3Connection):
    """aioquic's, which overlooks GOAWAY, and wants the body that HEAD has none of (RFC 9110, 9.3.2)."""

    goaway = False

    def __init__(self, quic: QuicConnection) -> None:
        super().__init__(quic)
        self.bodiless: set[int] = set()

    def _check_content_length(self, stream: H3Stream) -> None:
        if stream.stream_id not in self.bodiless:
            super()._check_content_length(stream)

    def _check_control_frame_type(self, frame_type: int) -> None:
        self.goaway = self.goaway or frame_type == FrameType.GOAWAY
        super()._check_control_frame_type(frame_type)


class Http3Connection(QuicConnectionProtocol):
    """One connection; `frames` is aioquic's own HTTP/3, to make faults with."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.frames = _Frames(self._quic)
        self.authority = HOST
        self.terminated: ConnectionTerminated | None = None
        self.stopped: dict[int, int] = {}  # {stream: code of the STOP_SENDING that came}
        self._streams: defaultdict[int, asyncio.Queue[H3Event | QuicEvent]] = defaultdict(asyncio.Queue)

    @property
    def closed_with(self) -> int | None:
        """The code with which the connection ended; None while it stands."""
        return None if self.terminated is None else self.terminated.error_code

    @property
    def told_to_leave(self) -> bool:
        """Whether the server has sent GOAWAY (RFC 9114, 5.2)."""
        return self.frames.goaway

    def quic_event_received(self, event: QuicEvent) -> None:
        """As aioquic calls it."""
        if isinstance(event, ConnectionTerminated):
            self.terminated = event
            for stream in self._streams.values():
                stream.put_nowait(event)
        elif isinstance(event, StreamReset):
            self._streams[event.stream_id].put_nowait(event)
        elif isinstance(event, StopSendingReceived):
            self.stopped[event.stream_id] = event.error_code
        for found in self.frames.handle_event(event):
            if isinstance(found, HeadersReceived | DataReceived):
                self._streams[found.stream_id].put_nowait(found)

    def open_stream(self, method: str, path: str, headers: Headers = (), *, end: bool = True) -> int:
        """Send the header section of a request and give back its stream; `end` says that no body follows."""
        pseudo = [(":method", method), (":scheme", "https"), (":authority", self.authority), (":path", path)]
        return self.open_raw([*pseudo, *headers], end=end)

    def open_raw(self, fields: Headers, *, end: bool = True) -> int:
        """Send fields as they are on a new stream."""
        stream_id = self._quic.get_next_available_stream_id()
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        if (":method", "HEAD") in fields:
            self.frames.bodiless.add(stream_id)
        self.frames.send_headers(stream_id, encoded, end_stream=end)
        self.transmit()
        return stream_id

    def send_body(self, stream_id: int, body: bytes, *, end: bool = True) -> None:
        """Send body bytes, as far as the server's windows let them go; the rest follows by itself."""
        self.frames.send_data(stream_id, body, end)
        self.transmit()

    def cancel(self, stream_id: int) -> None:
        """Want no more of an answer (RFC 9114, 4.1.1)."""
        self._quic.stop_stream(stream_id, ErrorCode.H3_REQUEST_CANCELLED)
        self.transmit()

    def reset(self, stream_id: int) -> None:
        """Send no more of a request, and want no more of its answer."""
        self._quic.reset_stream(stream_id, ErrorCode.H3_REQUEST_CANCELLED)
        self.cancel(stream_id)

    def new_stream(self) -> int:
        """A stream for a request, on which nothing was sent yet."""
        return self._quic.get_next_available_stream_id()

    def send_frame(self, stream_id: int, kind: int, payload: bytes, *, length: int | None = None) -> None:
        """Send a frame (RFC 9114, 7.1), or the beginning of one of `length` bytes."""
        size = len(payload) if length is None else length
        self._quic.send_stream_data(stream_id, encode_uint_var(kind) + encode_uint_var(size) + payload)
        self.transmit()

    def send_to_decoder(self, instruction: bytes) -> None:
        """Send an instruction for the server's table of header fields (RFC 9204, 4.3)."""
        stream_id = self.frames._local_encoder_stream_id
        assert stream_id is not None
        self._quic.send_stream_data(stream_id, instruction)
        self.transmit()

    def vanish(self) -> None:
        """Be gone without a word, as a phone in a tunnel."""
        transport = cast(asyncio.DatagramTransport, self._transport)
        transport.abort()
        self._transport = cast(asyncio.DatagramTransport, _Nowhere())

    def hold(self) -> None:
        """Open the window of no stream any wider: what was allowed may still come, and is acknowledged."""
        self._quic._write_stream_limits = lambda *_, **__: None  # type: ignore[method-assign]

    async def next_event(self, stream_id: int, deadline: float = DEADLINE) -> HeadersReceived | DataReceived:
        """The next of a stream.

        Raises:
            Http3Reset: when the server has reset it or closed the connection.
            TimeoutError: when nothing comes.
        """
        async with asyncio.timeout(deadline):
            event = await self._streams[stream_id].get()
        if isinstance(event, StreamReset | ConnectionTerminated):
            raise Http3Reset(stream_id, event.error_code)
        assert isinstance(event, HeadersReceived | DataReceived), event
        return event

    async def response(self, stream_id: int, deadline: float = DEADLINE) -> Response:
        """The whole answer on a stream.

        Raises:
            Http3Reset, TimeoutError: as `next_event` does.
        """
        headers: dict[str, str] = {}
        body = b""
        while True:
            event = await self.next_event(stream_id, deadline)
            if isinstance(event, HeadersReceived):
                headers |= {name.decode(): value.decode() for name, value in event.headers}
            else:
                body += event.data
            if event.stream_ended:
                return Response(int(headers.pop(":status")), headers, body)

    async def response_rest(self, stream_id: int) -> bytes:
        """What is left of a body whose beginning was read.

        Raises:
            Http3Reset, TimeoutError: as `next_event` does.
        """
        body = b""
        while True:
            event = await self.next_event(stream_id)
            body += event.data if isinstance(event, DataReceived) else b""
            if event.stream_ended:
                return body

    async def request(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Response:
        """Send a request and give back the answer."""
        stream_id = self.open_stream(method, path, headers, end=not body)
        if body:
            self.send_body(stream_id, body)
        return await self.response(stream_id)

    async def read_until(self, stream_id: int, text: str) -> str:
        """What comes on a stream up to the piece that has `text` in it.

        Raises:
            Http3Reset, TimeoutError: as `next_event` does.
        """
        read = ""
        while text not in read:
            event = await self.next_event(stream_id)
            if isinstance(event, DataReceived):
                read += event.data.decode()
        return read


class _Nowhere:
    """Where the datagrams of somebody go who is in a tunnel."""

    def sendto(self, data: bytes, address: object) -> None:
        return

    def close(self) -> None:
        return


class QuicServer(Protocol):
    """What this client has to know of a server; its address is that of HTTPS, as after `alt-svc`."""

    @property
    def https_url(self) -> str: ...

    @property
    def quic_port(self) -> int: ...

    @property
    def ca_file(self) -> Path: ...


@contextmanager
def silent_http3_client(server: QuicServer) -> Iterator[socket.socket]:
    """Somebody who begins a handshake and does not go on; the socket has what the server sends."""
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, server_name=HOST)
    quic = QuicConnection(configuration=configuration)
    quic.connect((HOST, server.quic_port), now=0.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((HOST, server.quic_port))
        for datagram, _ in quic.datagrams_to_send(now=0.0):
            client.send(datagram)
        yield client


@asynccontextmanager
async def http3_connection(server: QuicServer) -> AsyncIterator[Http3Connection]:
    """A connection for the length of a block."""
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, cafile=str(server.ca_file), server_name=HOST)
    async with connect(
        HOST, server.quic_port, configuration=configuration, create_protocol=Http3Connection
    ) as connection:
        http3 = cast(Http3Connection, connection)
        http3.authority = urlsplit(server.https_url).netloc
        yield http3
