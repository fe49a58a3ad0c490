"""Clients that are nothing but a connection: they say what a test has them say, and keep little of what comes.

A thousand of them cost a test little, which no client library can say.
"""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.support.deadline import DEADLINE
from tests.support.ports import HOST
from tests.support.server import Server

KEPT_BYTES = 8 * 1024  # of what came last
AT_ONCE = 100  # connections that are opened beside each other; more would only wait in the backlog

P = TypeVar("P", bound="RawPeer")
T = TypeVar("T")


class RawPeer(asyncio.Protocol):
    """One connection. What comes is in `last`, and goes to `hear`."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.last = b""
        self.over = asyncio.Event()
        self._arrived = asyncio.Event()

    @classmethod
    async def connect(cls: type[P], server: Server, *, protocol: str | None = None) -> P:
        """Over TLS where `protocol`, of ALPN, is given; otherwise without."""
        url = urlsplit(server.https_url if protocol else server.http_url)
        context = _context(server, protocol) if protocol else None
        return await cls.connect_to(url.port or 0, context)

    @classmethod
    async def connect_to(cls: type[P], port: int, context: ssl.SSLContext | None = None) -> P:
        """Connect to a port of this machine."""
        _, peer = await asyncio.get_running_loop().create_connection(cls, HOST, port, ssl=context)
        return peer

    @property
    def port(self) -> int:
        """Its own, by which the server's side of the connection is found."""
        return int(self.transport.get_extra_info("sockname")[1])

    def send(self, data: bytes) -> None:
        """Send bytes as they are, if there is still somebody."""
        if not self.over.is_set():
            self.transport.write(data)

    def hear(self, data: bytes) -> None:
        """Bytes came."""

    async def wait_for(self, text: bytes) -> None:
        """Wait until it is in what came last."""
        async with asyncio.timeout(DEADLINE):
            while text not in self.last:
                if self.over.is_set():
                    raise ConnectionError(f"the server closed instead of saying {text!r}: {self.last!r}")
                self._arrived.clear()
                await self._arrived.wait()

    def stop_reading(self) -> None:
        """Take nothing more: what comes stays with the kernel, and then with the server."""
        self.transport.pause_reading()

    def drop(self) -> None:
        """Be gone at once."""
        self.transport.abort()

    # As a protocol of asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.last = (self.last + data)[-KEPT_BYTES:]
        self.hear(data)
        self._arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set()
        self._arrived.set()


async def many(count: int, make: Callable[[], Coroutine[Any, Any, T]]) -> list[T]:
    """So many of them, opened beside each other."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one() -> T:
        async with room:
            return await make()

    return await asyncio.gather(*(one() for _ in range(count)))


def drip(peers: Iterable[RawPeer], pieces: Iterable[bytes], seconds: float) -> asyncio.Task[None]:
    """Send each of them one piece after the other, so far apart, until all are over or nothing is left."""

    async def run() -> None:
        going = list(peers)
        for piece in pieces:
            going = [peer for peer in going if not peer.over.is_set()]
            if not going:
                return
            for peer in going:
                peer.send(piece)
            await asyncio.sleep(seconds)

    return asyncio.create_task(run())


def allow_descriptors(count: int) -> None:
    """Let this process, and those that it starts, have so many files and connections open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def text_frame(text: str) -> bytes:
    """A masked frame (RFC 6455, 5.2); its mask is zero, so the text stays readable."""
    payload = text.encode()
    length = len(payload)
    head = bytes([0x81, 0x80 | length]) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + bytes(4) + payload


def upgrade_request(path: str, token: str | None = None) -> bytes:
    """The request that opens a WebSocket (RFC 6455, 4.1)."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: test",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    return _head(lines, token)


def request(
    method: str, path: str, body: bytes = b"", *, token: str | None = None, length: int | None = None
) -> bytes:
    """An HTTP/1.1 request, announcing another `length` than its body's where one is given."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    if method != "GET":
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return _head(lines, token) + body


def _head(lines: list[str], token: str | None) -> bytes:
    bearer = [] if token is None else [f"Authorization: Bearer {token}"]
    return "\r\n".join([*lines, *bearer, "", ""]).encode()


def _context(server: Server, protocol: str) -> ssl.SSLContext:
    context = server.ssl_context
    context.set_alpn_protocols([protocol])
    return context
