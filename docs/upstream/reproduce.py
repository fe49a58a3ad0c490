"""A Hypercorn in this process and a raw HTTP/2 client of it, for the scripts of these pages; needs nothing but both.

A script ends with status 0 where all is well, and by a traceback where the fault is.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import h2.config
import h2.connection
import h2.events
from hypercorn.asyncio import serve
from hypercorn.config import Config

SECONDS = 2.0  # long enough for anything that happens at all
_writers: list[asyncio.StreamWriter] = []


class Client:
    """One connection; it takes what comes as fast as it comes, and opens the window again unless `reads` is off."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        settings = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
        self.frames = h2.connection.H2Connection(settings)
        self.writer = writer
        self.reads = True
        self._reader = reader
        self._events: list[h2.events.Event] = []

    async def send(self, data: bytes = b"") -> None:
        """Send what `frames` has ready, and bytes of one's own."""
        self.writer.write(self.frames.data_to_send() + data)
        await self.writer.drain()

    async def ask(self, path: str, *, method: str = "GET", end: bool = True) -> int:
        """Send the fields of a request; its stream."""
        stream = self.frames.get_next_available_stream_id()
        fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "here")]
        self.frames.send_headers(stream, fields, end_stream=end)
        await self.send()
        return stream

    async def expect(self, kind: Any, stream: int | None = None) -> Any:
        """The next event of that kind, and of that stream if there is one.

        Raises:
            EOFError: when the connection ends.
            TimeoutError: when there is none within `SECONDS`.
        """
        async with within(f"{kind} of stream {stream}"):
            while True:
                for event in self._events:
                    if isinstance(event, kind) and stream in (None, getattr(event, "stream_id", None)):
                        self._events.remove(event)
                        return event
                data = await self._reader.read(65_536)
                if not data:
                    raise EOFError(f"the connection ended before {kind} of stream {stream}")
                self._take(self.frames.receive_data(data))
                await self.send()

    async def answered(self, stream: int) -> None:
        """Wait for the whole answer on a stream."""
        await self.expect(h2.events.StreamEnded, stream)

    def _take(self, events: list[h2.events.Event]) -> None:
        self._events += events
        for event in events:
            if isinstance(event, h2.events.DataReceived) and self.reads:
                self.frames.acknowledge_received_data(event.flow_controlled_length, event.stream_id)


@asynccontextmanager
async def within(what: str) -> AsyncIterator[None]:
    """Wait no longer than `SECONDS` for it."""
    try:
        async with asyncio.timeout(SECONDS):
            yield
    except TimeoutError as error:
        raise TimeoutError(f"{what} did not come") from error


@asynccontextmanager
async def serving(app: Any, **settings: Any) -> AsyncIterator[tuple[int, asyncio.Event, asyncio.Task[None]]]:
    """Serve `app`: its port, the event that stops it, its task."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = Config.from_mapping(bind=[f"fd://{listener.fileno()}"], graceful_timeout=0.5, errorlog="-", **settings)
    stop = asyncio.Event()
    task = asyncio.create_task(serve(_with_lifespan(app), config, shutdown_trigger=stop.wait))
    try:
        yield listener.getsockname()[1], stop, task
    finally:
        while _writers:
            _writers.pop().transport.abort()
        task.cancel()
        await asyncio.wait({task}, timeout=SECONDS)


def _with_lifespan(app: Any) -> Any:
    async def with_lifespan(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})

    return with_lifespan


async def connect(port: int) -> Client:
    """A connection that has begun."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    _writers.append(client.writer)
    client.frames.initiate_connection()
    await client.send()
    await client.expect(h2.events.SettingsAcknowledged)
    return client


async def gone() -> None:
    """Wait until every connection of the server is gone.

    Raises:
        TimeoutError: when one is left after `SECONDS`.
    """
    names = {task: getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    connections = [task for task, name in names.items() if name.endswith("_server_callback")]
    async with within("the end of every connection"):
        await asyncio.gather(*connections)
