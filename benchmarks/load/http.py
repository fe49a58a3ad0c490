"""HTTP/1.1 requests on connections that stay open, each with one request in flight, on plain asyncio protocols.

Written for speed: it knows of a response its status, its content-length and its body, and refuses what has none.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any, cast

import orjson

from benchmarks.running import Running
from benchmarks.sides import HOST

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_HEAD_END = b"\r\n\r\n"
_NO_CONTENT = 204


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Connection(asyncio.Protocol):
    """One connection; `ask` again when the answer is there."""

    def __init__(self) -> None:
        self._parts = b""
        self._answer: asyncio.Future[Response] | None = None

    @classmethod
    async def open(cls, server: Running) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, HOST, server.port, ssl=server.tls())
        return connection

    def ask(self, request: bytes) -> asyncio.Future[Response]:
        """Send a whole request.

        Raises:
            ConnectionError: by the future, when the server hangs up first.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._parts = self._parts + data if self._parts else data
        head_end = self._parts.find(_HEAD_END)
        if head_end < 0:
            return
        status = int(self._parts[9:12])
        length = _LENGTH.search(self._parts, 0, head_end)
        if length is None and status != _NO_CONTENT:
            raise ValueError(f"a response without content-length: {self._parts[:head_end]!r}")
        start = head_end + len(_HEAD_END)
        if len(self._parts) < start + (int(length[1]) if length else 0):
            return
        response, self._parts = Response(status, self._parts[start:]), b""
        assert self._answer is not None, "a response that nobody asked for"
        self._answer.set_result(response)


def request(method: str, path: str, token: str | None = None, body: object = None) -> bytes:
    """The bytes of a request; a body goes as JSON."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {HOST}"]
    if token is not None:
        lines.append(f"authorization: Bearer {token}")
    content = b"" if body is None else orjson.dumps(body)
    if body is not None:
        lines += ["content-type: application/json", f"content-length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content
