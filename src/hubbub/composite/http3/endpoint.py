"""One UDP socket: which connection a datagram belongs to, how many there may be, and their common end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from aioquic.buffer import Buffer  # type: ignore[attr-defined]  # as its documentation has it
from aioquic.h3.connection import H3_ALPN, ErrorCode
from aioquic.quic.configuration import SMALLEST_MAX_DATAGRAM_SIZE, QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import QuicHeader, QuicPacketType, encode_quic_version_negotiation, pull_quic_header
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import AppWrapper, ConnectionState, LifespanState
from hypercorn.utils import parse_socket_addr

from hubbub.composite.http3.connection import Address, Connection
from hubbub.composite.http3.requests import Host

logger = logging.getLogger(__name__)

# At once in one process, handshakes included; who is one too many hears nothing and takes HTTP/2.
CONNECTIONS = 1_000
# That wait to be handled; what comes beyond is lost, as datagrams are, and sent again. 1.5 MB.
DATAGRAMS = 1_024

Work = Callable[[], Awaitable[None]]


class Endpoint(asyncio.DatagramProtocol):
    """In the place of `hypercorn.asyncio.udp_server.UDPServer`, with what `worker_serve` asks of that.

    One task does everything that is to be done for any connection, in turn; none of it waits for anybody.
    """

    def __init__(
        self,
        app: AppWrapper,
        loop: asyncio.AbstractEventLoop,
        config: Config,
        context: WorkerContext,
        state: LifespanState,
    ) -> None:
        self._app, self._loop, self._config, self._context, self._state = app, loop, config, context, state
        self._transport: asyncio.DatagramTransport | None = None
        self._work: asyncio.Queue[Work] = asyncio.Queue()  # bounded by `datagram_received`; timers always fit
        self._routes: dict[bytes, Connection] = {}  # {connection id: connection}
        self._quic = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN, idle_timeout=config.keep_alive_timeout)
        self._quic.load_cert_chain(str(config.certfile), config.keyfile, config.keyfile_password)

    @property
    def is_writing(self) -> bool:
        """Whether a client has still to be sent something, or to acknowledge it."""
        return any(connection.is_writing for connection in self._connections())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio calls it."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """As asyncio calls it."""
        if self._work.qsize() < DATAGRAMS:
            self._work.put_nowait(partial(self._receive, data, addr))

    async def run(self) -> None:
        """Serve until the end has begun and no answer is left to be sent."""
        ending = self._loop.create_task(self._announce_end(), name="end of HTTP/3")
        try:
            async with TaskGroup(self._loop) as tasks:
                host = self._host(tasks)
                self._accept = partial(self._open, host)
                while not (ending.done() and await self._is_left()):
                    await _guarded((await self._work.get())())
        finally:
            ending.cancel()
            await self.cut()

    async def cut(self) -> None:
        """Close every connection at once, and stop."""
        for connection in self._connections():
            await _guarded(connection.end())
        self._work.put_nowait(_nothing)
        if self._transport is not None:
            self._transport.close()

    async def _announce_end(self) -> None:
        await self._context.terminated.wait()
        for connection in self._connections():
            connection.announce_end()
        self._work.put_nowait(_nothing)

    async def _is_left(self) -> bool:
        """Close who has everything; whether that were all."""
        for connection in self._connections():
            if not connection.is_writing:
                await _guarded(connection.end())
        return not self._routes

    async def _receive(self, data: bytes, address: Address) -> None:
        try:
            header = pull_quic_header(Buffer(data=data), host_cid_length=self._quic.connection_id_length)
        except ValueError:
            return  # not QUIC
        connection = self._routes.get(header.destination_cid)
        if connection is None and len(data) >= SMALLEST_MAX_DATAGRAM_SIZE:  # RFC 9000, 14.1: less is no beginning
            connection = self._welcome(header, address)
        if connection is None:
            return
        try:
            await connection.receive(data, address)
        except Exception:
            logger.exception("an HTTP/3 connection was closed: it could not be handled")
            await connection.end(ErrorCode.H3_INTERNAL_ERROR)

    def _welcome(self, header: QuicHeader, address: Address) -> Connection | None:
        if header.version is not None and header.version not in self._quic.supported_versions:
            self._send(
                encode_quic_version_negotiation(
                    source_cid=header.destination_cid,
                    destination_cid=header.source_cid,
                    supported_versions=self._quic.supported_versions,
                ),
                address,
            )
            return None
        is_full = len(self._connections()) >= CONNECTIONS
        if header.packet_type is not QuicPacketType.INITIAL or is_full or self._context.terminated.is_set():
            return None
        return self._accept(header.destination_cid)

    def _open(self, host: Host, destination_id: bytes) -> Connection:
        quic = QuicConnection(configuration=self._quic, original_destination_connection_id=destination_id)
        return Connection(quic, host, routes=self._routes, send=self._send, later=self._work.put_nowait)

    def _host(self, tasks: TaskGroup) -> Host:
        transport: Any = self._transport
        socket = transport.get_extra_info("socket")
        address = parse_socket_addr(socket.family, socket.getsockname())
        return Host(self._app, self._config, self._context, tasks, ConnectionState(self._state.copy()), address)

    def _connections(self) -> set[Connection]:
        return set(self._routes.values())

    def _send(self, data: bytes, address: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, address)


async def _guarded(work: Awaitable[None]) -> None:
    """No connection may end the others."""
    try:
        await work
    except Exception:
        logger.exception("an HTTP/3 connection could not be handled")


async def _nothing() -> None:
    """Let `run` look around."""
