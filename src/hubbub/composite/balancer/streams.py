"""Connections to upstreams over TCP and Unix sockets, as asyncio's streams; knows no protocol above them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hubbub.composite.authority import parse_authority
from hubbub.composite.balancer.failures import Broken, TimedOut, Unreached, UpstreamError
from hubbub.composite.balancer.limits import READ_BYTES, Timeouts

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Opener = Callable[[], Awaitable[Streams]]


def tcp(address: str) -> Opener:
    """Connections to `host:port`, an IPv6 address in brackets.

    Raises:
        ValueError: it is something else.
    """
    authority = parse_authority(address)
    if authority is None or authority.port is None:
        raise ValueError(f"{address!r} is not host:port, such as 127.0.0.1:8001 or [::1]:8001")
    host, port = authority.host.strip("[]"), authority.port
    return lambda: asyncio.open_connection(host, port, limit=READ_BYTES)


def unix(path: str) -> Opener:
    """Connections to a Unix socket."""
    return lambda: asyncio.open_unix_connection(path, limit=READ_BYTES)


class Connection:
    """One connection: errors are those of `failures`, and the end is said once."""

    def __init__(self, streams: Streams, name: str, idle_seconds: float) -> None:
        self._reader, self._writer = streams
        self._name = name
        self._idle_seconds = idle_seconds

    @classmethod
    async def open(cls, opener: Opener, name: str, timeouts: Timeouts) -> Connection:
        """A new one.

        Raises:
            Unreached: there is nobody, or not in time.
        """
        try:
            async with asyncio.timeout(timeouts.connect):
                return cls(await opener(), name, timeouts.idle)
        except TimeoutError:
            raise Unreached(f"{name} took no connection within {timeouts.connect:g} s") from None
        except OSError as error:
            raise Unreached(f"{name} cannot be reached: {error}") from error

    async def write(self, data: bytes) -> None:
        """Send, and wait while too much is on its way.

        Raises:
            Broken: the connection has ended.
            TimedOut: nothing of it was taken for as long as a connection may be idle.
        """
        # asyncio says nothing when it has ended, and uvloop (0.21 to 0.23) raises a RuntimeError.
        if self._writer.transport.is_closing():
            raise Broken(f"{self._name} closed the connection")
        try:
            self._writer.write(data)
            async with asyncio.timeout(self._idle_seconds):
                await self._writer.drain()
        except TimeoutError:
            raise TimedOut(f"{self._name} took nothing for {self._idle_seconds:g} s") from None
        except OSError as error:
            raise Broken(f"{self._name} closed the connection: {error}") from error

    async def read(self) -> bytes:
        """What came; nothing at the end of the connection.

        Raises:
            Broken: it was reset.
        """
        try:
            return await self._reader.read(READ_BYTES)
        except OSError as error:
            raise Broken(f"{self._name} reset the connection: {error}") from error

    def abort(self) -> None:
        """End it now, whatever is on its way; a pending `read` sees the end."""
        self._writer.transport.abort()


async def end_direction(upward: asyncio.Task[None]) -> None:
    """End the task that carries one direction, when the other one is over.

    What the upstream did to it the other has found as well; anything else is raised.
    """
    upward.cancel()
    await asyncio.wait({upward})
    if not upward.cancelled():
        failure = upward.exception()
        if failure is not None and not isinstance(failure, UpstreamError):
            raise failure
