"""Hypercorn's connections with two faults mended, whatever is spoken on them; one of the fences around it.

Read in Hypercorn 0.18.0, `asyncio/tcp_server.py`. A connection that its client has closed lived on as tasks until the
timeout for idle ones; and one whose client takes nothing of what is written lived, with all that waits, for ever,
closed or not.

And with less on the way: each answer started two tasks that waited for the next request, which cancelled them, and
each write took a lock and waited for a transport that had room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from weakref import WeakKeyDictionary

from hubbub.composite.hypercorn_http2 import KNOWN_VERSIONS
from hubbub.composite.idleness import Idleness
from hubbub.composite.limits import TAKE_SECONDS
from hubbub.composite.taking import Taking

logger = logging.getLogger(__name__)

try:
    if version("hypercorn") not in KNOWN_VERSIONS:
        raise ImportError
    import hypercorn.asyncio.run
    from hypercorn.asyncio.tcp_server import TCPServer
    from hypercorn.asyncio.worker_context import WorkerContext
    from hypercorn.events import Event, RawData, Updated
except (ImportError, PackageNotFoundError):
    KNOWN = False
else:
    KNOWN = True


# asyncio, with and without TLS, and uvloop let nobody wait who leaves less than that in a transport's buffer.
HIGH_WATER_BYTES = 64 * 1024


def mend_tcp() -> None:
    """Have every connection of this process, from now on, be a `MendedConnection`; the second time is nothing.

    Behind another server, or an unknown version of Hypercorn, it changes nothing. `mend_http2` says so in the log.
    """
    if KNOWN:
        hypercorn.asyncio.run.TCPServer = MendedConnection  # type: ignore[attr-defined]


if KNOWN:

    class MendedConnection(TCPServer):
        """One connection, of HTTP/1.1, HTTP/2 or a websocket."""

        _has_asked = False
        _is_idle = False
        _is_over = False

        async def protocol_send(self, event: Event) -> None:
            """Do what the protocol asks for."""
            if isinstance(event, Updated):
                await self._note(is_idle=event.idle)
            elif not isinstance(event, RawData):
                await super().protocol_send(event)
            elif self._waits_for(event.data):
                taking = self._watch()
                try:
                    await super().protocol_send(event)
                finally:
                    taking.stop()
            elif self.send_lock.locked() or self.send_lock._waiters or self.writer.transport.is_closing():
                await super().protocol_send(event)
            elif event.data:  # nobody writes, and nobody would have to wait
                self.writer.write(event.data)

        async def _note(self, *, is_idle: bool) -> None:
            """Count how long nothing is asked for; until something is, Hypercorn's own task does."""
            if not self._has_asked:
                self._has_asked = True
                await self.idle_task.stop()
            self._is_idle = is_idle
            idle = _idle_of(self.context, self.config.keep_alive_timeout)
            if not is_idle:
                idle.stop(self._end)
            elif self.context.terminated.is_set():
                self._end()
            elif not self._is_over:
                idle.begin(self._end)

        def _end(self) -> None:
            self._task_group.spawn(self._end_if_idle)

        async def _end_if_idle(self) -> None:
            if self._is_idle:  # a loop that is late may have read a request since
                await self._initiate_server_close()

        def _waits_for(self, data: bytes) -> bool:
            """Whether the data may have to wait for its client."""
            return self.writer.transport.get_write_buffer_size() + len(data) > HIGH_WATER_BYTES

        async def _read_data(self) -> Any:
            await super()._read_data()
            self._is_over = True
            await self._note(is_idle=False)

        async def _close(self) -> None:
            # A client that does not answer the end of TLS is a TimeoutError, and was a traceback in the log.
            async with self._see_it_taken():
                with suppress(OSError):
                    await super()._close()

        async def _initiate_server_close(self) -> None:
            async with self._see_it_taken():
                await super()._initiate_server_close()
                with suppress(OSError):
                    await self.writer.wait_closed()

        @asynccontextmanager
        async def _see_it_taken(self) -> AsyncIterator[None]:
            """Cut the connection when the last that was written to it is not taken: it would stay open for ever."""
            taking = self._watch()
            try:
                yield
            finally:
                taking.stop()

        def _watch(self) -> Taking:
            return Taking(self.writer.transport.get_write_buffer_size, self._give_up)

        def _give_up(self) -> None:
            logger.info("a client took nothing for %g s: its connection is cut", TAKE_SECONDS)
            self.writer.transport.abort()

    # {worker: its connections that are idle}
    _idle: WeakKeyDictionary[WorkerContext, Idleness] = WeakKeyDictionary()
    _watches: set[asyncio.Task[None]] = set()

    def _idle_of(worker: WorkerContext, seconds: float) -> Idleness:
        """The idle connections of a worker, which end when it does."""
        found = _idle.get(worker)
        if found is None:
            found = _idle[worker] = Idleness(seconds)
            watch = asyncio.ensure_future(_end_with(worker, found))
            _watches.add(watch)
            watch.add_done_callback(_watches.discard)
        return found

    async def _end_with(worker: WorkerContext, idle: Idleness) -> None:
        await worker.terminated.wait()
        idle.end_all()
