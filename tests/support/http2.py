"""An HTTP/2 client on the `h2` library for what httpx does not do: WebSocket streams (RFC 8441) and faults on purpose.

It answers flow control and pings by itself; everything else that comes is handed to the stream it belongs to.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.events import Event as WebSocketEvent

from tests.support.deadline import DEADLINE
from tests.support.server import Server

Headers = Sequence[tuple[str, str]]
_READ_BYTES = 64 * 1024


class StreamReset(Exception):
    """The server reset the stream, or closed the connection under it; `code` is of RFC 9113, section 7."""

    def __init__(self, stream_id: int, code: int | None) -> None:
        super().__init__(f"stream {stream_id} was reset with {code}")
        self.code = code


@dataclass(frozen=True)
class Response:
    """A whole answer; header names are in lower case, as HTTP/2 has them."""

    status: int
    headers: dict[str, str]
    body: bytes


class Http2Connection:
    """One TLS connection that agreed on `h2`. `frames` is h2's own state machine, to make faults with."""

    def __init__(self, authority: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.authority = authority
        # Unchecked on the way out, so that tests may send what no client should.
        self.frames = H2Connection(
            H2Configuration(header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False)
        )
        self.terminated: events.ConnectionTerminated | None = None
        self.closed = asyncio.Event()
        self._reader, self._writer = reader, writer
        self._streams: defaultdict[int, asyncio.Queue[events.Event | None]] = defaultdict(asyncio.Queue)
        self._window_opened = asyncio.Event()
        self._settled = asyncio.Event()
        self._leaving = False
        self._held: dict[int, int] = {}  # {stream: bytes that came and were not acknowledged}
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, server: Server) -> Http2Connection:
        """Connect and wait for the server's settings.

        Raises:
            ConnectionError: when the server does not choose `h2` by ALPN.
        """
        context = server.ssl_context
        context.set_alpn_protocols(["h2"])
        url = urlsplit(server.https_url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=context)
        tls = writer.get_extra_info("ssl_object")
        if tls.selected_alpn_protocol() != "h2":
            writer.close()
            raise ConnectionError(f"the server chose {tls.selected_alpn_protocol()!r} and not h2")
        connection = cls(url.netloc, reader, writer)
        connection.frames.initiate_connection()
        await connection.flush()
        connection._reading = asyncio.create_task(connection._read())
        async with asyncio.timeout(DEADLINE):
            await connection._settled.wait()
        return connection

    @property
    def takes_websockets(self) -> bool:
        """Whether the server announced SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441, section 3)."""
        return bool(self.frames.remote_settings.get(SettingCodes.ENABLE_CONNECT_PROTOCOL, 0))

    async def flush(self) -> None:
        """Send what `frames` has ready."""
        await self.send_raw(self.frames.data_to_send())

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, whole frames or not.

        Raises:
            ConnectionResetError: the connection has ended.
        """
        if self._writer.is_closing():
            raise ConnectionResetError("the connection has ended")  # asyncio's TLS would raise AttributeError
        self._writer.write(data)
        await self._writer.drain()

    async def open_stream(self, method: str, path: str, headers: Headers = (), *, end: bool = True) -> int:
        """Send the header block of a request and give back its stream; `end` says that no body follows."""
        stream_id = self.frames.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "https"), (":authority", self.authority), (":path", path)]
        self.frames.send_headers(stream_id, [*pseudo, *headers], end_stream=end)
        await self.flush()
        return stream_id

    async def send_body(self, stream_id: int, body: bytes, *, end: bool = True) -> None:
        """Send body bytes as fast as the server's window lets them go.

        Raises:
            ProtocolError: when the server has reset the stream.
            TimeoutError: when the window stays closed.
        """
        while body:
            room = min(self.frames.local_flow_control_window(stream_id), self.frames.max_outbound_frame_size)
            if room == 0:
                self._window_opened.clear()
                async with asyncio.timeout(DEADLINE):
                    await self._window_opened.wait()
                continue
            self.frames.send_data(stream_id, body[:room])
            body = body[room:]
            await self.flush()
        if end:
            self.frames.end_stream(stream_id)
            await self.flush()

    async def next_event(self, stream_id: int, deadline: float = DEADLINE) -> events.Event:
        """The next event of a stream.

        Raises:
            StreamReset: when the server has reset it or closed the connection.
            TimeoutError: when none comes.
        """
        async with asyncio.timeout(deadline):
            event = await self._streams[stream_id].get()
        if event is None or isinstance(event, events.StreamReset):
            raise StreamReset(stream_id, None if event is None else int(event.error_code or 0))
        return event

    async def response(self, stream_id: int, deadline: float = DEADLINE) -> Response:
        """The whole answer on a stream.

        Raises:
            StreamReset, TimeoutError: as `next_event` does.
        """
        headers: dict[str, str] = {}
        body = b""
        while True:
            event = await self.next_event(stream_id, deadline)
            if isinstance(event, events.ResponseReceived):
                headers = read_headers(event)
            elif isinstance(event, events.DataReceived):
                body += event.data or b""
            elif isinstance(event, events.StreamEnded):
                return Response(int(headers.pop(":status")), headers, body)

    async def hold(self, stream_id: int) -> None:
        """Take no more of a stream than its window, as a client that does not read it; others keep theirs."""
        self._held[stream_id] = 0
        self.frames.increment_flow_control_window(self.frames.remote_settings.initial_window_size)
        await self.flush()

    async def release(self, stream_id: int) -> None:
        """Read on."""
        if taken := self._held.pop(stream_id):
            self.frames.acknowledge_received_data(taken, stream_id)
        await self.flush()

    async def request(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Response:
        """Send a request and give back the answer."""
        stream_id = await self.open_stream(method, path, headers, end=not body)
        if body:
            await self.send_body(stream_id, body)
        return await self.response(stream_id)

    async def open_websocket(self, path: str, headers: Headers = ()) -> Http2WebSocket:
        """Open a WebSocket on a stream of its own, by extended CONNECT (RFC 8441, section 4).

        Raises:
            WebSocketRefused: for any status but 200.
        """
        stream_id = self.frames.get_next_available_stream_id()
        pseudo = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https")]
        pseudo += [(":authority", self.authority), (":path", path)]
        self.frames.send_headers(stream_id, [*pseudo, ("sec-websocket-version", "13"), *headers])
        await self.flush()
        event = await self.next_event(stream_id)
        if not isinstance(event, events.ResponseReceived):
            raise AssertionError(f"{event} came before the status")
        answer = read_headers(event)
        if answer[":status"] != "200":
            raise WebSocketRefused(int(answer[":status"]))
        return Http2WebSocket(self, stream_id)

    async def close(self) -> None:
        """Close the connection, politely where it still stands."""
        if not self.closed.is_set():
            self._leaving = True
            self.frames.close_connection()
            await self.flush()
        self._writer.close()
        if self._reading is not None:
            await self._reading

    async def __aenter__(self) -> Http2Connection:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(_READ_BYTES):
                # What was under way when we left is nobody's any more, and h2 would call it an error.
                if not self._leaving:
                    for event in self.frames.receive_data(data):
                        self._take(event)
                    await self.flush()
        except OSError:
            pass  # cut by the other side: as good as an end
        finally:
            self.closed.set()
            for stream in self._streams.values():
                stream.put_nowait(None)
            self._writer.close()

    def _take(self, event: events.Event) -> None:
        if isinstance(event, events.RemoteSettingsChanged):
            self._settled.set()
        elif isinstance(event, events.ConnectionTerminated):
            self.terminated = event
        elif isinstance(event, events.WindowUpdated):
            self._window_opened.set()
            return
        elif isinstance(event, events.StreamReset):
            self._window_opened.set()  # whoever waits for it is told that the stream is closed
        if isinstance(event, events.DataReceived) and event.flow_controlled_length:
            if event.stream_id in self._held:
                self._held[event.stream_id] += event.flow_controlled_length
            else:
                self.frames.acknowledge_received_data(event.flow_controlled_length, event.stream_id or 0)
        stream_id = getattr(event, "stream_id", None)
        if stream_id:
            self._streams[stream_id].put_nowait(event)


class WebSocketRefused(Exception):
    """The server answered an extended CONNECT with another status than 200."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the WebSocket was refused with {status}")
        self.status = status


class Http2WebSocket:
    """A WebSocket on one stream of an HTTP/2 connection, with frames masked as a client's must be (RFC 6455, 5.3)."""

    def __init__(self, connection: Http2Connection, stream_id: int) -> None:
        self.connection = connection
        self.stream_id = stream_id
        self.close_code: int | None = None
        self._frames = Connection(ConnectionType.CLIENT)
        self._messages: list[str | bytes] = []
        self._partial: list[str | bytes] = []
        self._ended = False

    async def send(self, message: str | bytes) -> None:
        """Send a text or a binary message."""
        event = TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message)
        await self.send_frame(self._frames.send(event))

    async def send_frame(self, data: bytes) -> None:
        """Send bytes of the WebSocket stream as they are."""
        await self.connection.send_body(self.stream_id, data, end=False)

    async def receive(self, deadline: float = DEADLINE) -> str | bytes:
        """The next message.

        Raises:
            EOFError: when the server has closed the WebSocket; `close_code` says how.
            StreamReset, TimeoutError: as `Http2Connection.next_event` does.
        """
        while not self._messages:
            if self._ended or self.close_code is not None:
                raise EOFError(f"the WebSocket is closed with {self.close_code}")
            event = await self.connection.next_event(self.stream_id, deadline)
            if isinstance(event, events.DataReceived):
                self._frames.receive_data(event.data or b"")
                for found in self._frames.events():
                    await self._take(found)
            elif isinstance(event, events.StreamEnded):
                self._ended = True
        return self._messages.pop(0)

    async def answer_close(self) -> None:
        """Answer the server's close with the same code (RFC 6455, 5.5.1)."""
        await self.send_frame(self._frames.send(CloseConnection(self.close_code or 1000)))

    async def close(self, code: int = 1000) -> None:
        """Close it and wait for the server to have closed it, too."""
        await self.send_frame(self._frames.send(CloseConnection(code)))
        try:
            while True:
                await self.receive()
        except (EOFError, StreamReset):
            return

    async def _take(self, event: WebSocketEvent) -> None:
        if isinstance(event, Ping):
            if self._frames.state is ConnectionState.OPEN:  # who is leaving answers nothing more
                await self.send_frame(self._frames.send(event.response()))
        elif isinstance(event, CloseConnection):
            self.close_code = int(event.code)
        elif isinstance(event, Message):
            self._partial.append(event.data)
            if event.message_finished:
                empty = "" if isinstance(event, TextMessage) else b""
                self._messages.append(empty.join(self._partial))  # type: ignore[arg-type]  # all of one kind
                self._partial = []


def read_headers(event: events.ResponseReceived) -> dict[str, str]:
    """The header block as strings; repeated names are joined by a comma (RFC 9110, 5.3)."""
    headers: dict[str, str] = {}
    for name, value in event.headers or ():
        key, text = _text(name), _text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()
