"""Serving an application by Hypercorn in this process: its limits, its signals, its exit status.

Knows nothing of the application. `hypercorn.toml` says the same for the `hypercorn` command; a test compares them.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import uvloop
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from hypercorn.run import run as hypercorn_run
from hypercorn.utils import LifespanFailureError, LifespanTimeoutError

from hubbub.composite.lifespan import log_start_failure
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

KIB = 1024
_ENDS = frozenset({signal.SIGTERM, signal.SIGINT})

# 8,000 characters, each escaped as two surrogates of six bytes, as Python's clients do, are 96,000. Above every bound
# of the applications inside, by the room for a packet's type, namespace and id, so that theirs are met first.
WEBSOCKET_MESSAGE_BYTES = 128 * KIB + 1 * KIB

# Files and connections of the process; above what the door lets in, sockets and requests together.
DESCRIPTORS = 65_536


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """How an application is served; the fields are Hypercorn's keys, times are in seconds, sizes in bytes.

    With `certfile` and `keyfile`, `bind` speaks TLS (HTTP/2 and HTTP/1.1), `quic_bind` HTTP/3, by UDP, where the extra
    `h3` is installed, and `insecure_bind` is plain; without, `bind` is plain.

    An address is `host:port`, `[host]:port`, `unix:path` or `fd://number`.
    """

    bind: tuple[str, ...] = ("127.0.0.1:8000",)
    insecure_bind: tuple[str, ...] = ()
    certfile: str | None = None
    keyfile: str | None = None
    quic_bind: tuple[str, ...] = ()
    # 1,000 clients that reconnect at once all fit; with Hypercorn's 100 every fifth waited a second and more.
    backlog: int = 2048
    # What browsers assume until they are told (RFC 9113, 6.5.2: not below 100).
    h2_max_concurrent_streams: int = 100
    # Request line and headers; browsers' cookies for one site stay far below. The same over both protocols.
    h11_max_incomplete_size: int = 16 * KIB
    h2_max_header_list_size: int = 16 * KIB
    # A connection without a request in flight, and one whose request has not come completely.
    keep_alive_timeout: float = 30.0
    # Hypercorn ends an HTTP/2 connection after so many requests, with the websockets on it; so: never.
    keep_alive_max_requests: int = 1_000_000_000
    # A client that does not finish its TLS handshake.
    ssl_handshake_timeout: float = 10.0
    # A message, after which the websocket is closed by 1009. Compression is refused (see `hypercorn_streams`).
    websocket_max_message_size: int = WEBSOCKET_MESSAGE_BYTES
    # Hypercorn's own wait for connections; the drain has ended them by then.
    graceful_timeout: float = 3.0
    # The lifespan's end, which has bounds of its own (see `limits`).
    shutdown_timeout: float = 8.0
    # Migrations of a large database; a start that takes longer has failed.
    startup_timeout: float = 600.0
    # `Server: hypercorn-h2` helps nobody but attackers.
    include_server_header: bool = False

    def for_hypercorn(self) -> Config:
        """The same as Hypercorn takes it."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        values |= {
            "bind": list(self.bind),
            "insecure_bind": list(self.insecure_bind),
            "quic_bind": list(self.quic_bind),
        }
        config = Config.from_mapping(values)
        config.errorlog = logging.getLogger("hypercorn.error")  # as the process logs everything else, not its own way
        return config


class StopSignal:
    """Set by SIGTERM and SIGINT; `process_ended` tells the drain's watchdog that nothing is left to watch."""

    def __init__(self) -> None:
        self.process_ended = threading.Event()
        self._asked = asyncio.Event()

    def install(self) -> None:
        """Handle the signals in the running loop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked.set)

    async def wait(self) -> None:
        """Hypercorn's `shutdown_trigger`."""
        await self._asked.wait()


def serve(app: ASGIApp, config: ServeConfig) -> int:
    """Serve until SIGTERM or SIGINT; the exit status: 0, or 1 when the start failed, whose reason is one log line.

    Takes the main thread, and ends the process by itself should it hang on its way out (see `watchdog`).
    """
    stop = StopSignal()
    hypercorn = config.for_hypercorn()
    _allow_descriptors()
    try:
        _listen(hypercorn)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(app, hypercorn, stop))
    except LifespanFailureError:
        return 1  # the lifespan has logged the reason
    except LifespanTimeoutError as error:
        logger.error("start or stop failed: %s", error)
        return 1
    except OSError as error:
        log_start_failure(error)
        return 1
    finally:
        stop.process_ended.set()
    return 0


def serve_workers(application: str, config: ServeConfig, workers: int) -> int:
    """Serve by so many processes until SIGTERM or SIGINT; the exit status as that of `serve`.

    `application` is `module:expression`, as the `hypercorn` command takes it: each process makes its own. A process
    that is killed is replaced (see `hypercorn_workers`).
    """
    hypercorn = config.for_hypercorn()
    hypercorn.worker_class = "uvloop"
    hypercorn.workers = workers
    hypercorn.application_path = application
    _allow_descriptors()
    try:
        _listen(hypercorn)
    except OSError as error:
        log_start_failure(error)
        return 1
    with _noted_signals() as was_asked:
        status = hypercorn_run(hypercorn)
        if was_asked():
            return status
    logger.error("the workers have ended and nobody asked them to: see the lines before this one, or the system's log")
    # Hypercorn's master ends with 0 when its workers did not come to their start, too.
    return status or 1


@contextmanager
def _noted_signals() -> Iterator[Callable[[], bool]]:
    """Whether the process was asked to end, whoever handles the signals: each number is written to a pipe (signal)."""
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)

        def was_asked() -> bool:
            try:
                return not _ENDS.isdisjoint(reader.recv(4 * KIB))
            except BlockingIOError:
                return False

        try:
            yield was_asked
        finally:
            signal.set_wakeup_fd(before)


async def _serve(app: ASGIApp, config: Config, stop: StopSignal) -> None:
    stop.install()
    watched = _WatchedLifespan(app)
    try:
        await hypercorn_serve(watched, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]  # its own types
    finally:
        await watched.end(config.shutdown_timeout)


class _WatchedLifespan:
    """The application, and the task of its lifespan.

    Hypercorn leaves that task behind when a start takes too long. The end of the loop would then cancel every task at
    once, and what was started would not be stopped in order.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._task: asyncio.Task[object] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._task = asyncio.current_task()
        await self._app(scope, receive, send)

    async def end(self, seconds: float) -> None:
        """Cancel the lifespan, unless it is over, and wait so long for its end."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=seconds)


def _allow_descriptors() -> None:
    """Have as many as the system lets us; most start a process with 1,024, which a thousand connections use up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _listen(config: Config) -> None:
    """Bind every address and read the certificate before anything is started; Hypercorn does so after the start-up.

    Raises:
        OSError: which address or which file, and why.
    """
    try:
        config.create_ssl_context()
    except OSError as error:
        raise OSError(f"cannot use the certificate {config.certfile} with {config.keyfile}: {error}") from error
    config.bind = [_bound(address) for address in config.bind]
    if config.ssl_enabled:
        config.insecure_bind = [_bound(address) for address in config.insecure_bind]
        config.quic_bind = [_bound(address, socket.SOCK_DGRAM) for address in config.quic_bind]


def _bound(address: str, kind: socket.SocketKind = socket.SOCK_STREAM) -> str:
    """Bind a `host:port` as Hypercorn would, and name its descriptor for it; other addresses stay as they are."""
    if address.startswith(("unix:", "fd://")):
        return address
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kind is socket.SOCK_STREAM:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, int(port)))
    except (OSError, OverflowError, ValueError) as error:
        listener.close()
        raise OSError(f"cannot listen on {address}: {error}") from error
    return f"fd://{listener.detach()}"
