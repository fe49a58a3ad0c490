"""A site that answers each path with the very bytes that a test gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from hubbub.doctor.wire import Site
from tests.support.ports import HOST


def response(status: int, body: str = "", **headers: str) -> bytes:
    """An answer of HTTP/1.1 with a length."""
    lines = [f"HTTP/1.1 {status} said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join([*lines, "", ""]) + body).encode()


@asynccontextmanager
async def canned_site(answers: Mapping[str, bytes]) -> AsyncIterator[Site]:
    """Each path, without its query, and what is written before the connection is closed; 404 at any other."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1].partition("?")[0]
            writer.write(answers.get(path, response(404)))
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield Site.parse(f"http://{HOST}:{server.sockets[0].getsockname()[1]}")
