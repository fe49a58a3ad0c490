"""The datagrams of an address, each to the application instance of its source; knows nothing of chat."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Protocol

from hubbub.composite.stateless import ManagedServer, TooManyEnding
from hubbub.composite.stateless.instances import ScopeId
from hubbub.transports.syslog.counters import SyslogCounters
from hubbub.transports.syslog.limits import CLOSE_SECONDS, IDLE_SECONDS, QUEUE_MESSAGES, RECEIVE_BUFFER_BYTES, SOURCES
from hubbub.transports.syslog.message import Malformed
from hubbub.transports.syslog.parsing import parse_syslog

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.02  # between two looks at whether anything still waits


class Gate(Protocol):
    """Who may pass; nothing here may block."""

    def admits(self, source: str) -> bool:
        """Whether one more datagram of this source is looked at; asked once for each."""
        ...

    def dropped(self, source: str) -> None:
        """A datagram was not taken, for the gate or for a full queue."""
        ...


class OpenGate:
    """Lets everybody pass."""

    def admits(self, source: str) -> bool:
        """Always."""
        return True

    def dropped(self, source: str) -> None:
        """Nobody wants to know."""


class SyslogServer(ManagedServer):
    """Serves one bound UDP socket: one application instance for each source address.

    The scope of an instance is `{"type": "syslog", "source": address}`, and it receives messages
    `{"type": "syslog.message", "message": SyslogMessage}`; it has nothing to send.
    """

    application_queue_size = QUEUE_MESSAGES

    def __init__(
        self,
        application: Callable[..., Any],
        endpoint: socket.socket,
        max_applications: int = SOURCES,
        *,
        idle_seconds: float | None = IDLE_SECONDS,
        gate: Gate | None = None,
        counters: SyslogCounters | None = None,
    ) -> None:
        """`endpoint` is closed when the server ends."""
        super().__init__(application, max_applications, idle_seconds=idle_seconds)
        self._endpoint = endpoint
        self._gate = gate or OpenGate()
        self.counters = self.totals = counters or SyslogCounters()
        self._stop = asyncio.Event()

    async def handle(self) -> None:
        """Take datagrams until `stop`; what was taken by then has `CLOSE_SECONDS` to be taken by its instance."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Receiver(self.take), sock=self._endpoint)
        try:
            await self._stop.wait()
        finally:
            transport.close()
        for _ in range(round(CLOSE_SECONDS / LOOK_SECONDS)):
            if all(each["input_queue"].empty() for each in self.application_instances.values()):
                break
            await asyncio.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Let `handle` end."""
        self._stop.set()

    def take(self, datagram: bytes, source: str) -> None:
        """One datagram: counted, and given to the instance of its source, or dropped."""
        self.counters.received += 1
        if not self._gate.admits(source):  # first: to read one that is made to be slow takes a millisecond
            self.counters.limited += 1
            self._gate.dropped(source)
            return
        try:
            message = parse_syslog(datagram)
        except Malformed as error:
            self.counters.malformed += 1
            log.debug("a datagram of %s is dropped: %s", source, error)
            return
        try:
            self.deliver(source, {"type": "syslog", "source": source}, {"type": "syslog.message", "message": message})
        except (asyncio.QueueFull, TooManyEnding):
            self.counters.overflowed += 1
            self._gate.dropped(source)
        else:
            self.counters.delivered += 1

    async def application_send(self, scope: Any, message: Any) -> None:
        """Refuse.

        Raises:
            TypeError: syslog has no answers.
        """
        raise TypeError(f"syslog takes messages and sends none; the application of {scope['source']} sent one")

    def delete_application_instance(self, scope_id: ScopeId) -> None:
        """End an instance, as the base does; what waits for it is counted as abandoned."""
        details = self.application_instances[scope_id]
        self.counters.abandoned += details["input_queue"].qsize()
        super().delete_application_instance(scope_id)


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, str], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._take(data, addr[0])

    def error_received(self, exc: Exception) -> None:
        log.warning("receiving syslog failed once: %s", exc)


def bind_udp(host: str, port: int) -> socket.socket:
    """A UDP socket at an address that is a name, an IPv4 or an IPv6 address; nobody else may have it.

    Raises:
        OSError: there is no such address here, or it is taken, or it may not be used.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
    )[0]
    endpoint = socket.socket(family, kind, protocol)
    try:
        endpoint.setblocking(False)
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        endpoint.bind(address)
    except BaseException:
        endpoint.close()
        raise
    return endpoint
