"""A relay between two parts of a deployment: the network that a test can cut, without root and without namespaces."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.support.ports import HOST

CHUNK = 64 * 1024  # bytes passed on at once
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST (socket(7))

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Relay:
    """Passes on what comes at a place of its own, to `target` and back; both are a port of this machine or a socket.

    A `target` that is set anew is that of the connections from then on, as when a balancer learns of another server.
    """

    def __init__(self, target: int | Path, *, at: Path | None = None) -> None:
        self.target = target
        self._at = at
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._refusing = False
        self._passing: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where it takes connections, once it has started, if that is no Unix socket."""
        if self._server is None:
            raise RuntimeError("the relay has not started")
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def start(self) -> None:
        """Take connections."""
        if self._at is not None:
            self._server = await asyncio.start_unix_server(self._take, str(self._at))
        else:
            self._server = await asyncio.start_server(self._take, HOST, 0)

    def cut(self) -> None:
        """From now on nothing passes, neither bytes nor ends: to both sides it looks as if the other were silent."""
        self._open.clear()

    def reset(self) -> None:
        """End all connections, each side with a reset, and take no new one."""
        self._refusing = True
        for writer in [*self._writers]:
            _abort(writer)

    def mend(self) -> None:
        """Pass on what was held back, and whatever comes."""
        self._refusing = False
        self._open.set()

    async def close(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for task in [*self._passing]:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        self.reset()

    async def __aenter__(self) -> Relay:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Not a coroutine function: asyncio would report the cancellation of its task as an error.
        task = asyncio.create_task(self._relay(reader, writer))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._writers.add(writer)
        try:
            await self._open.wait()
            if self._refusing:
                _abort(writer)
                return
            answers, there = await self._connect()
            ends.append(there)
            self._writers.add(there)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, there))
                both.create_task(self._pass(answers, writer))
        except* OSError:
            for each in ends:  # one side is gone without a goodbye, and so is the other now
                _abort(each)
        finally:
            for each in ends:
                self._writers.discard(each)
                each.close()

    async def _connect(self) -> Streams:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(str(self.target))
        return await asyncio.open_connection(HOST, self.target)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until one side ends; its goodbye, or its end without one, is noticed when the way is open."""
        try:
            while data := await reader.read(CHUNK):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            await self._open.wait()
            raise
        await self._open.wait()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()


def _abort(writer: asyncio.StreamWriter) -> None:
    """End it at once, by a reset where there is such a thing."""
    connection: socket.socket = writer.get_extra_info("socket")
    with suppress(OSError):  # it has no such option, or is gone
        if connection.family == socket.AF_INET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
