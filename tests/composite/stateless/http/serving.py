"""An `HttpServer` that runs for the length of a block, and raw clients of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import h11

from hubbub.composite.stateless.http import HttpServer
from tests.composite.stateless.running import running
from tests.support.deadline import DEADLINE


def serving(application: Any, max_applications: int = 1000) -> AbstractAsyncContextManager[HttpServer]:
    """A server on a free port."""
    return running(HttpServer(application, port=0, max_applications=max_applications))


class RawClient:
    """Bytes out, h11's events in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._h11 = h11.Connection(h11.CLIENT)

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self, method: bytes = b"GET") -> tuple[int, dict[bytes, bytes], bytes]:
        """The next answer: status, headers, body; the end of the connection is an `AssertionError`."""
        if self._h11.our_state is h11.IDLE:
            self._h11.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
            self._h11.send(h11.EndOfMessage())
        head: h11.Response | None = None
        body = b""
        async with asyncio.timeout(DEADLINE):
            while True:
                match self._h11.next_event():
                    case h11.NEED_DATA:
                        self._h11.receive_data(await self._reader.read(65_536))
                    case h11.InformationalResponse() as informed:
                        return informed.status_code, {}, b""
                    case h11.Response() as response:
                        head = response
                    case h11.Data() as data:
                        body += data.data
                    case h11.EndOfMessage():
                        break
                    case event:
                        raise AssertionError(f"the connection ended: {event}")
        assert head is not None
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()
        return head.status_code, dict(head.headers), body

    async def end(self) -> bytes:
        """What comes until the server closes."""
        async with asyncio.timeout(DEADLINE):
            try:
                return await self._reader.read()
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def raw_client(server: HttpServer) -> AsyncIterator[RawClient]:
    """One connection."""
    reader, writer = await asyncio.open_connection(*server.address)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the path, and the body as it comes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", scope["path"].encode())]})
    while (message := await receive())["type"] == "http.request":
        await send({"type": "http.response.body", "body": message["body"], "more_body": message["more_body"]})
        if not message["more_body"]:
            return


def get(path: bytes = b"/", *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"host: x", *headers, b"", b""])


def post(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", b"host: x", b"content-length: %d" % len(body), *headers, b"", body])
