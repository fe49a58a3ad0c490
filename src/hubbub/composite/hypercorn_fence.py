"""What this layer must know of Hypercorn's private parts, and nothing else does.

Read in Hypercorn 0.18.0: `asyncio/run.py` (`worker_serve`), `asyncio/tcp_server.py`, `protocol/h11.py`,
`protocol/h2.py`, `protocol/ws_stream.py`. On any other version, or another server, there is `UnknownServer`: the
drain then begins with the lifespan's shutdown, ends handlers, and leaves connections to the server.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from types import CoroutineType
from typing import Any

from hubbub.composite.hypercorn_http2 import KNOWN_VERSIONS
from hubbub.composite.hypercorn_quic import alternative_services, take_quic
from hubbub.composite.limits import CLOSE_SECONDS
from hubbub.composite.types import Receive

logger = logging.getLogger(__name__)

ATTACH_POLL_SECONDS = 0.002  # an end that comes in this time after the start finds the drain not yet attached
FLUSH_POLL_SECONDS = 0.05


class UnknownServer:
    """A server that is not known: it is not asked for anything."""

    owns_process = False
    stop_requested: Callable[[], bool] | None = None
    alternative_services: bytes | None = None

    def __init__(self) -> None:
        self.ended = threading.Event()

    def prepare(self) -> None:
        return

    def stop(self) -> None:
        return

    def stop_listening(self) -> None:
        return

    async def wait_for_connections(self, seconds: float) -> None:
        return

    async def cut_connections(self, seconds: float) -> None:
        return

    def watch_signals(self, noticed: Callable[[], None]) -> None:
        return

    async def drain_before_end(self, drain: Callable[[], Awaitable[None]]) -> None:
        return


class HypercornServer:
    """The running `worker_serve`, seen through the local variables of its suspended coroutine.

    They are `context` (a `WorkerContext`: `terminate` asks for the end, `terminated` says that it has begun),
    `servers`, `server_tasks` (one task a connection) and `shutdown_trigger`. `context` and what follows exist only
    after the start-up of the application.
    """

    def __init__(self, coroutine: CoroutineType[Any, Any, Any], *, outermost: bool) -> None:
        """`outermost`: the coroutine is a task's own, so the `hypercorn` command runs it and the process is its."""
        self._coroutine = coroutine
        self._stop_asked = False
        self.alternative_services: bytes | None = None  # what answers over TLS say in `alt-svc`
        self._tasks: set[asyncio.Task[None]] = set()
        trigger = self._local("shutdown_trigger")
        starter = getattr(trigger, "__self__", None)  # serving.StopSignal, where we run Hypercorn ourselves
        self.owns_process = outermost or hasattr(starter, "process_ended")
        self.ended: threading.Event = getattr(starter, "process_ended", None) or threading.Event()
        # In a worker process: `check_multiprocess_shutdown_event` with the event that the master sets on SIGTERM.
        event = trigger.args[0] if isinstance(trigger, partial) and trigger.args else None
        self.stop_requested: Callable[[], bool] | None = getattr(event, "is_set", None)

    def prepare(self) -> None:
        """Come before the sockets are made.

        Raises:
            Http3Unavailable: as `hypercorn_quic.take_quic` does.
        """
        take_quic(self._local("config"))

    def stop(self) -> None:
        """Ask this one worker to stop; the event of the master would stop all."""
        self._stop_asked = True
        if (context := self._local("context")) is not None:
            task = asyncio.ensure_future(context.terminate.set())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def stop_listening(self) -> None:
        """Close the listening sockets; Hypercorn would leave the second open until the clients of the first left."""
        for server in self._local("servers") or ():
            server.close()

    async def wait_for_connections(self, seconds: float) -> None:
        """Hypercorn closes idle connections itself once `terminated` is set, the others after their response.

        Whoever still has to read gets all of `seconds`; for an answer to the close there is `CLOSE_SECONDS`.
        """
        loop = asyncio.get_running_loop()
        begin = loop.time()
        while tasks := self._connection_tasks():
            elapsed = loop.time() - begin
            if elapsed >= (seconds if self._is_writing() else min(seconds, CLOSE_SECONDS)):
                return
            await asyncio.wait(tasks, timeout=FLUSH_POLL_SECONDS)

    async def cut_connections(self, seconds: float) -> None:
        """Abort the transports, then cancel the tasks, then have Hypercorn forget them.

        Its own `gather` would wait for ever for a task that waits for a peer that does not read, and would end the
        process with status 1 if one of them failed.
        """
        for transport in self._transports():
            transport.abort()
        for endpoint in self._endpoints():
            await endpoint.cut()
        self._abort_unattached()
        if tasks := self._connection_tasks():
            await asyncio.wait(tasks, timeout=seconds / 2)
        if tasks := self._connection_tasks():
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=seconds / 2)
        if tasks := self._connection_tasks():
            logger.warning("%d connections did not end when they were cut", len(tasks))
            self._local("server_tasks").clear()

    def watch_signals(self, noticed: Callable[[], None]) -> None:
        """Stop on SIGTERM where nobody else handles it, and have `noticed` called at once in any case.

        A worker process has no handler of its own, so SIGTERM to the process group, as systemd sends it, would kill
        it. `noticed` runs in the signal handler and so even while the loop stands still.
        """
        if not self.owns_process or threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stop)
        for number in (signal.SIGTERM, signal.SIGINT):
            _precede(number, noticed)

    async def drain_before_end(self, drain: Callable[[], Awaitable[None]]) -> None:
        """Have Hypercorn wait for `drain` when it ends: after `terminated` is set, before anything else.

        `await context.terminated.set()` is the first thing that `worker_serve` does then. Later it closes servers
        (on Python 3.12 and later waiting for every client), waits `graceful_timeout`, and only then ends the lifespan.
        """
        while (context := self._local("context")) is None:
            if self._coroutine.cr_frame is None:
                return
            await asyncio.sleep(ATTACH_POLL_SECONDS)
        self.alternative_services = alternative_services(self._local("config"))
        set_terminated = context.terminated.set

        async def set_and_drain() -> None:
            await set_terminated()
            await drain()

        context.terminated.set = set_and_drain
        if self._stop_asked:
            self.stop()

    def _local(self, name: str) -> Any:
        frame = self._coroutine.cr_frame
        return None if frame is None else frame.f_locals.get(name)

    def _connection_tasks(self) -> set[asyncio.Task[Any]]:
        return set(self._local("server_tasks") or ())

    def _transports(self) -> Iterator[asyncio.Transport]:
        for writer in self._locals_of_tasks("writer"):  # of `_server_callback(reader, writer)`
            yield writer.transport

    def _endpoints(self) -> Iterator[Any]:
        for endpoint in self._locals_of_tasks("self"):  # of `http3.endpoint.Endpoint.run`
            if hasattr(endpoint, "is_writing"):
                yield endpoint

    def _locals_of_tasks(self, name: str) -> Iterator[Any]:
        for task in self._connection_tasks():
            frame = getattr(task.get_coro(), "cr_frame", None)
            found = frame.f_locals.get(name) if frame is not None else None
            if found is not None:
                yield found

    def _is_writing(self) -> bool:
        waiting = any(transport.get_write_buffer_size() > 0 for transport in self._transports())
        return waiting or any(endpoint.is_writing for endpoint in self._endpoints())

    def _abort_unattached(self) -> None:
        """Abort connections without a task yet: their TLS handshake is under way.

        asyncio's selector loop keeps all transports in `_transports`, with the server each came from in `_server`;
        from Python 3.12 on `Server.wait_closed` waits for them. uvloop shows no such list and does not wait.
        """
        servers = self._local("servers") or ()
        transports = getattr(asyncio.get_running_loop(), "_transports", None) or {}
        for transport in list(transports.values()):
            if getattr(transport, "_server", None) in servers:
                transport.abort()


def find_server(receive: Receive) -> HypercornServer | UnknownServer:
    """The server that called the lifespan with `receive`."""
    lifespan = getattr(receive, "__self__", None)
    if type(lifespan).__module__ != "hypercorn.asyncio.lifespan":
        return UnknownServer()
    found = _hypercorn_version()
    if found in KNOWN_VERSIONS and (server := _find_worker(lifespan)) is not None:
        return server
    logger.warning(
        "Hypercorn %s is not known to this fence (%s): its connections are left to it when it ends",
        found,
        ", ".join(sorted(KNOWN_VERSIONS)),
    )
    return UnknownServer()


def _find_worker(lifespan: object) -> HypercornServer | None:
    from hypercorn.asyncio.run import worker_serve

    for task in asyncio.all_tasks():
        outermost = task.get_coro()
        coroutine: Any = outermost
        while coroutine is not None:
            if (
                isinstance(coroutine, CoroutineType)
                and coroutine.cr_code is worker_serve.__code__
                and coroutine.cr_frame is not None
                and coroutine.cr_frame.f_locals.get("lifespan") is lifespan
            ):
                return HypercornServer(coroutine, outermost=coroutine is outermost)
            coroutine = getattr(coroutine, "cr_await", None)
    return None


def _hypercorn_version() -> str:
    with suppress(PackageNotFoundError):
        return version("hypercorn")
    return "of an unknown version"


def _precede(number: signal.Signals, noticed: Callable[[], None]) -> None:
    """Call `noticed` before whatever Python handler a signal has; an event loop's own is woken by a descriptor."""
    handler = signal.getsignal(number)
    if not callable(handler):
        return

    def handle(signal_number: int, frame: Any) -> None:
        noticed()
        handler(signal_number, frame)

    signal.signal(number, handle)
    signal.siginterrupt(number, False)
