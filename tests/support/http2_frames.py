"""HTTP/2 frames as bytes, right or wrong, and a connection that sends them without knowing better.

`h2` would not let a fault out, and keeps a state that a fault upsets; here each frame is what the test says it is.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

from h2.errors import ErrorCodes
from hpack import Decoder, Encoder

from tests.support.deadline import DEADLINE
from tests.support.server import Server

Fields = Sequence[tuple[str, str]]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
AUTHORITY = "127.0.0.1"
FRAME_BYTES = 16_384  # SETTINGS_MAX_FRAME_SIZE until somebody says otherwise (RFC 9113, 6.5.2)
WINDOW_BYTES = 65_535  # likewise, SETTINGS_INITIAL_WINDOW_SIZE
LARGEST_WINDOW = 2**31 - 1
_HEAD_BYTES = 9
_READ_BYTES = 64 * 1024

# Types (RFC 9113, 6).
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
UNKNOWN = 0x16
# Flags.
END_STREAM = ACK = 0x01
END_HEADERS = 0x04
PADDED = 0x08
PRIORITIZED = 0x20
# Settings (RFC 9113, 6.5.2).
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = (
    range(1, 7)
)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"", *, length: int | None = None) -> bytes:
    """One frame; `length` announces another number of bytes than there are."""
    size = len(payload) if length is None else length
    return size.to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


def block(fields: Fields) -> bytes:
    """A header block that leaves the dynamic table as it is (RFC 7541, 6.2.3), so that it fits anywhere."""
    return Encoder().encode([(name, value, True) for name, value in fields])


def request_fields(method: str = "GET", path: str = "/", *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The fields of a request that nothing is wrong with."""
    return [(":method", method), (":scheme", "https"), (":path", path), (":authority", AUTHORITY), *more]


def headers(
    stream: int,
    fields: Fields | bytes = (),
    *,
    end: bool = True,
    complete: bool = True,
    padding: int | None = None,
    depends_on: int | None = None,
) -> bytes:
    """HEADERS; `fields` may be a block, `complete` is END_HEADERS."""
    body = fields if isinstance(fields, bytes) else block(fields or request_fields())
    flags = (END_STREAM if end else 0) | (END_HEADERS if complete else 0)
    if depends_on is not None:
        flags, body = flags | PRIORITIZED, struct.pack(">IB", depends_on, 255) + body
    if padding is not None:
        flags, body = flags | PADDED, bytes([padding]) + body + bytes(padding)
    return frame(HEADERS, flags, stream, body)


def continuation(stream: int, fields: Fields | bytes, *, complete: bool = True) -> bytes:
    body = fields if isinstance(fields, bytes) else block(fields)
    return frame(CONTINUATION, END_HEADERS if complete else 0, stream, body)


def data(stream: int, body: bytes = b"test", *, end: bool = True, padding: int | None = None) -> bytes:
    flags = END_STREAM if end else 0
    if padding is not None:
        flags, body = flags | PADDED, bytes([padding]) + body + bytes(padding)
    return frame(DATA, flags, stream, body)


def priority(stream: int, depends_on: int = 0, *, weight: int = 255, exclusive: bool = False) -> bytes:
    """`weight` as on the wire, one less than is meant."""
    return frame(PRIORITY, 0, stream, struct.pack(">IB", depends_on | (exclusive << 31), weight))


def reset(stream: int, code: int = ErrorCodes.CANCEL) -> bytes:
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def settings(*values: tuple[int, int]) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", name, value) for name, value in values))


def ping(payload: bytes = bytes(8), *, ack: bool = False) -> bytes:
    return frame(PING, ACK if ack else 0, 0, payload)


def goaway(code: int, last_stream: int = 0, debug: bytes = b"") -> bytes:
    return frame(GOAWAY, 0, 0, struct.pack(">II", last_stream, code) + debug)


def window_update(stream: int, increment: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


@dataclass(frozen=True)
class Frame:
    """A frame that came."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def is_ack(self) -> bool:
        return self.kind in (SETTINGS, PING) and bool(self.flags & ACK)

    @property
    def ends_stream(self) -> bool:
        return self.kind in (DATA, HEADERS) and bool(self.flags & END_STREAM)

    @property
    def code(self) -> int:
        """The error code of a RST_STREAM or a GOAWAY."""
        return int.from_bytes(self.payload[:4] if self.kind == RST_STREAM else self.payload[4:8], "big")

    def __str__(self) -> str:
        code = f" {ErrorCodes(self.code).name}" if self.kind in (RST_STREAM, GOAWAY) else ""
        return f"type {self.kind} on {self.stream}, flags {self.flags:#x}, {len(self.payload)} bytes{code}"


class Closed(Exception):
    """The server closed the connection; the message has the frames that came."""


class RawHttp2:
    """A TLS connection that agreed on `h2`. It answers SETTINGS and nothing else, and keeps all that comes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.frames: list[Frame] = []
        self.answers: dict[int, dict[str, str]] = {}  # {stream: the fields of its last HEADERS}
        self.closed = False
        self._reader, self._writer = reader, writer
        self._decoder = Decoder()
        self._came = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, server: Server, preface: bytes = PREFACE + settings()) -> RawHttp2:
        """Connect, send `preface`, and wait for the settings of the server if that is what starts HTTP/2."""
        context = server.ssl_context
        context.set_alpn_protocols(["h2"])
        url = urlsplit(server.https_url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=context)
        connection = cls(reader, writer)
        await connection.send(preface)
        if preface.startswith(PREFACE):
            await connection.find(lambda each: each.kind == SETTINGS and each.is_ack)
        return connection

    async def send(self, *parts: bytes) -> None:
        """Send bytes, whole frames or not; what the server no longer takes is nobody's loss."""
        try:
            self._writer.write(b"".join(parts))
            await self._writer.drain()
        except OSError:
            self.closed = True
            self._came.set()

    async def find(self, wanted: Callable[[Frame], bool], since: int = 0) -> Frame:
        """The first frame that is wanted, from the `since`-th on that came.

        Raises:
            Closed: when the server closes the connection before.
            TimeoutError: when neither happens; it says what came.
        """
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    for found in self.frames[since:]:
                        if wanted(found):
                            return found
                    if self.closed:
                        raise Closed(self.story())
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError as error:
            raise TimeoutError(f"not among: {self.story()}") from error

    async def wait_closed(self) -> None:
        """Wait until the server has closed the connection.

        Raises:
            TimeoutError: when it does not; it says what came.
        """
        try:
            await self.find(lambda _: False)
        except Closed:
            return

    async def status(self, stream: int) -> int:
        """The status of the answer on a stream."""
        await self.find(lambda each: each.kind == HEADERS and each.stream == stream)
        return int(self.answers[stream][":status"])

    async def ended(self, stream: int) -> None:
        """Wait until the answer on a stream has ended."""
        await self.find(lambda each: each.stream == stream and each.ends_stream)

    def body(self, stream: int) -> bytes:
        """What of the answer on a stream has come."""
        return b"".join(each.payload for each in self.frames if each.kind == DATA and each.stream == stream)

    def story(self) -> str:
        """What came, for messages."""
        return "; ".join(str(each) for each in self.frames) + ("; the end" if self.closed else "")

    async def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()
        await asyncio.wait({self._reading})
        with suppress(OSError):
            await self._writer.wait_closed()

    async def __aenter__(self) -> RawHttp2:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self) -> None:
        buffer = b""
        try:
            while more := await self._reader.read(_READ_BYTES):
                buffer += more
                while len(buffer) >= _HEAD_BYTES:
                    end = _HEAD_BYTES + int.from_bytes(buffer[:3], "big")
                    if len(buffer) < end:
                        break
                    kind, flags, stream = struct.unpack(">BBI", buffer[3:_HEAD_BYTES])
                    await self._take(Frame(kind, flags, stream, buffer[_HEAD_BYTES:end]))
                    buffer = buffer[end:]
        except OSError:
            pass  # cut by the other side: as good as an end
        finally:
            self.closed = True
            self._came.set()

    async def _take(self, came: Frame) -> None:
        self.frames.append(came)
        if came.kind == HEADERS:
            self.answers[came.stream] = {str(name): str(value) for name, value in self._decoder.decode(came.payload)}
        if came.kind == SETTINGS and not came.is_ack:
            await self.send(frame(SETTINGS, ACK, 0))
        self._came.set()
