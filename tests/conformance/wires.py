"""One client for each version of HTTP, with the same surface: requests and WebSockets as they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Literal, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.deadline import DEADLINE
from tests.support.http2 import Headers, Http2Connection, Http2WebSocket, Response, StreamReset, WebSocketRefused
from tests.support.raw_peers import request
from tests.support.rest import rest_client
from tests.support.server import Server

Version = Literal["HTTP/1.1", "HTTP/2"]


Answer = Coroutine[None, None, Response]
NOWHERE = "/nowhere"  # an address that is answered at once


class Frames(Protocol):
    """A WebSocket."""

    @property
    def close_code(self) -> int | None:
        """The server's, once it has closed."""

    async def send(self, message: str | bytes) -> None:
        """Send a text or a binary message, or nothing where the server has closed already."""

    async def receive(self, deadline: float = DEADLINE) -> str | bytes:
        """The next message. Raises `EOFError` when the server has closed, `TimeoutError` when none comes."""

    async def close(self) -> None:
        """Close it, and wait for the server to have closed, too."""


class Wire(Protocol):
    """A client of one version of HTTP."""

    async def request(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Response:
        """The whole answer to a request."""

    async def begin(self, method: str, path: str) -> Answer:
        """Send a request without a body, and come back when it has arrived; then await its answer."""

    async def open_websocket(self, path: str, headers: Headers = ()) -> Frames:
        """Open a WebSocket. Raises `WebSocketRefused` where the server does not."""

    async def close(self) -> None:
        """Let go of every connection."""


@asynccontextmanager
async def open_wire(version: Version, server: Server) -> AsyncIterator[Wire]:
    """A client for the length of a block."""
    wire: Wire = Http1Wire(server) if version == "HTTP/1.1" else Http2Wire(await Http2Connection.connect(server))
    try:
        yield wire
    finally:
        await wire.close()


class Http1Wire:
    """HTTP/1.1 without TLS; as many connections as there are requests and WebSockets at once."""

    def __init__(self, server: Server) -> None:
        self._client = rest_client(server, http2=False)
        self._server = server
        self._url = server.http_url.replace("http", "ws", 1)
        self._opened: list[Frames] = []

    async def request(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Response:
        answer = await self._client.request(method, path, headers=list(headers), content=body)
        return Response(answer.status_code, dict(answer.headers), answer.content)

    async def begin(self, method: str, path: str) -> Answer:
        url = urlsplit(self._url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        # What comes by a new connection may be read later than what is sent by an old one afterwards.
        writer.write(request("GET", NOWHERE))
        await _read_answer(reader)
        writer.write(request(method, path))
        await self.request("GET", NOWHERE)
        return _read_last_answer(reader, writer)

    async def open_websocket(self, path: str, headers: Headers = ()) -> Frames:
        try:
            socket = await connect(self._url + path, additional_headers=list(headers), max_size=None, proxy=None)
        except InvalidStatus as refused:
            raise WebSocketRefused(refused.response.status_code) from refused
        self._opened.append(Http1Frames(socket))
        return self._opened[-1]

    async def close(self) -> None:
        for frames in self._opened:
            await frames.close()
        await self._client.aclose()


async def _read_last_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Response:
    try:
        return await _read_answer(reader)
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> Response:
    """An answer that says how long it is."""
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Response(int(status.split()[1]), headers, body)


class Http1Frames:
    """A WebSocket on a connection of its own."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    @property
    def close_code(self) -> int | None:
        return self._socket.close_code

    async def send(self, message: str | bytes) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed:
            return

    async def receive(self, deadline: float = DEADLINE) -> str | bytes:
        try:
            return await asyncio.wait_for(self._socket.recv(), deadline)
        except ConnectionClosed as closed:
            raise EOFError(f"the WebSocket is closed with {self.close_code}") from closed

    async def close(self) -> None:
        await self._socket.close()


class Http2Wire:
    """HTTP/2 over TLS: everything on one connection."""

    def __init__(self, connection: Http2Connection) -> None:
        self._connection = connection

    async def request(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Response:
        return await self._connection.request(method, path, headers, body)

    async def begin(self, method: str, path: str) -> Answer:
        stream = await self._connection.open_stream(method, path)
        await self.request("GET", NOWHERE)
        return self._connection.response(stream)

    async def open_websocket(self, path: str, headers: Headers = ()) -> Frames:
        return Http2Frames(await self._connection.open_websocket(path, headers))

    async def close(self) -> None:
        await self._connection.close()


class Http2Frames:
    """A WebSocket on a stream (RFC 8441)."""

    def __init__(self, socket: Http2WebSocket) -> None:
        self._socket = socket
        self._over = False

    @property
    def close_code(self) -> int | None:
        return self._socket.close_code

    async def send(self, message: str | bytes) -> None:
        if not self._over:
            await self._socket.send(message)

    async def receive(self, deadline: float = DEADLINE) -> str | bytes:
        try:
            return await self._socket.receive(deadline)
        except (EOFError, StreamReset) as end:
            self._over = True
            raise EOFError(str(end)) from end

    async def close(self) -> None:
        if not self._over:
            await self._socket.close()
