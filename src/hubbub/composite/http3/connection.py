"""One QUIC connection: its datagrams, its timers, the ids it is found by, its end; nothing of what is said on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aioquic.h3.connection import ErrorCode
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import (
    ConnectionIdIssued,
    ConnectionIdRetired,
    ConnectionTerminated,
    HandshakeCompleted,
    ProtocolNegotiated,
    QuicEvent,
)

from hubbub.composite.http3.requests import Host, Requests

# In the time after which an idle connection ends: so often it is looked whether it is idle, and pinged if it is not.
IDLE_LOOKS = 3

Address = Any  # of a socket; two items or, with IPv6, four
Later = Callable[[Callable[[], Awaitable[None]]], None]


class Connection:
    """Runs aioquic's state machine; whatever it does at a time of its own goes through `later`, in turn with the rest.

    `routes` is {connection id: connection} of all of them, in which it keeps its own.
    """

    def __init__(
        self,
        quic: QuicConnection,
        host: Host,
        *,
        routes: dict[bytes, Connection],
        send: Callable[[bytes, Address], None],
        later: Later,
    ) -> None:
        self.requests: Requests | None = None
        self._quic = quic
        self._host = host
        self._routes = routes
        self._send = send
        self._later = later
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._begun = 0  # requests, when it was last looked
        self._idle_looks = 0  # how often nothing was open since
        self._ids = {quic.original_destination_connection_id, quic.host_cid}
        for connection_id in self._ids:
            routes[connection_id] = self
        seconds = host.config.ssl_handshake_timeout
        self._patience = self._loop.call_later(seconds, later, self._give_up)

    @property
    def is_writing(self) -> bool:
        """Whether an answer has not ended, or has not arrived."""
        return not self._is_over and self.requests is not None and (len(self.requests) > 0 or self.requests.is_writing)

    async def receive(self, data: bytes, address: Address) -> None:
        """Take a datagram of this connection."""
        self._quic.receive_datagram(data, address, now=self._loop.time())
        await self._proceed(address)

    def transmit(self) -> None:
        """Send what is ready, and set the timer for what is to be done without a datagram."""
        if self._is_over:
            return
        for data, address in self._quic.datagrams_to_send(now=self._loop.time()):
            self._send(data, address)
        self._stop_timer()
        due = self._quic.get_timer()
        if due is not None:
            self._timer = self._loop.call_at(due, self._later, self._be_on_time)

    def announce_end(self) -> None:
        """Ask for no more requests."""
        if self.requests is not None:
            self.requests.protocol.announce_end()
            self.transmit()

    async def end(self, code: int = ErrorCode.H3_NO_ERROR) -> None:
        """Close at once: the client is told, and nothing more is heard of it."""
        if self._is_over:
            return
        self._quic.close(error_code=code)
        self.transmit()
        await self._forget()

    async def _proceed(self, address: Address = None) -> None:
        while (event := self._quic.next_event()) is not None:
            await self._take(event, address)
        if self.requests is not None:
            self.requests.make_room()
        self.transmit()

    async def _take(self, event: QuicEvent, address: Address) -> None:
        if isinstance(event, ConnectionTerminated):
            await self._forget()
        elif isinstance(event, ProtocolNegotiated):
            client = tuple(address[:2]) if address is not None else None
            self.requests = Requests(self._quic, self._host, client, self.transmit)
        elif isinstance(event, HandshakeCompleted):
            self._patience.cancel()
            self._look_again()
        elif isinstance(event, ConnectionIdIssued):
            self._ids.add(event.connection_id)
            self._routes[event.connection_id] = self
        elif isinstance(event, ConnectionIdRetired):
            self._ids.discard(event.connection_id)
            self._routes.pop(event.connection_id, None)
        elif self.requests is not None:
            await self.requests.take(event)

    async def _be_on_time(self) -> None:
        if not self._is_over:
            self._quic.handle_timer(now=self._loop.time())
            await self._proceed()

    async def _give_up(self) -> None:
        await self.end(ErrorCode.H3_GENERAL_PROTOCOL_ERROR)

    def _keep_alive(self) -> None:
        """Ping while something is open, often enough that it never counts as idle (RFC 9000, 10.1.2).

        A client that is gone answers no ping, and aioquic's idle timeout ends the connection. One that is there and
        asks for nothing is idle, whatever else it sends.
        """
        requests = self.requests
        if requests is None:
            return
        is_idle = len(requests) == 0 and requests.begun == self._begun
        self._idle_looks = self._idle_looks + 1 if is_idle else 0
        self._begun = requests.begun
        if self._idle_looks >= IDLE_LOOKS:
            self._later(self.end)
            return
        if len(requests) > 0:
            self._quic.send_ping(0)
            self.transmit()
        self._look_again()

    def _look_again(self) -> None:
        seconds = self._quic.configuration.idle_timeout / IDLE_LOOKS
        self._patience = self._loop.call_later(seconds, self._keep_alive)

    async def _forget(self) -> None:
        self._is_over = True
        self._stop_timer()
        self._patience.cancel()
        for connection_id in self._ids:
            self._routes.pop(connection_id, None)
        self._ids.clear()
        if self.requests is not None:
            await self.requests.lose_all()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
