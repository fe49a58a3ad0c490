"""Upstreams that are nothing but a connection: each takes what comes, and answers what a test has them answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from hubbub.composite.balancer.streams import Opener

Script = Callable[["Peer"], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """The upstream's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """The head of the next request; nothing at the end of the connection."""
        try:
            return await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    def cut(self) -> None:
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the other side has closed or reset."""
        with suppress(OSError):
            while await self.reader.read(65_536):
                pass


class Upstream:
    """Runs the script once for each connection, and keeps the heads of the requests that `serve_ok` has seen."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connections = 0
        self.ended = 0
        self.heads: list[bytes] = []

    @property
    def opener(self) -> Opener:
        host, _, port = self.address.rpartition(":")
        return lambda: asyncio.open_connection(host, int(port))

    def header(self, name: bytes, index: int = -1) -> bytes | None:
        """A header of a request, in lower case as it is sent."""
        for line in self.heads[index].split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name:
                return value.strip()
        return None


@asynccontextmanager
async def upstream(script: Script) -> AsyncIterator[Upstream]:
    """An upstream for the length of a block."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        made.connections += 1
        try:
            await script(Peer(reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            made.ended += 1
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    made = Upstream(f"{host}:{port}")
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def saying(*answers: bytes, close: bool = False) -> Script:
    """Answer each request on a connection with the next of these; then close, or read on."""

    async def script(peer: Peer) -> None:
        for answer in answers:
            if not await peer.request():
                return
            peer.say(answer)
        if not close:
            await peer.gone()

    return script
