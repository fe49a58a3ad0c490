"""The requests of one HTTP/3 connection: frames on one side, Hypercorn's ASGI streams on the other.

Knows no datagrams. Of aioquic's private parts it reads how much of a stream its client has not acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aioquic.h3.connection import ErrorCode, ProtocolError
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import QuicEvent, StopSendingReceived, StreamReset
from hypercorn.asyncio.task_group import TaskGroup, _handle
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.protocol.events import (
    Body,
    EndBody,
    Event,
    InformationalResponse,
    Request,
    Response,
    StreamClosed,
    Trailers,
)
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.typing import AppWrapper, ConnectionState

from hubbub.composite.h2_events import RESET_COST
from hubbub.composite.http3.fields import Refused, read_request
from hubbub.composite.http3.inbox import Inbox
from hubbub.composite.http3.protocol import ServerProtocol
from hubbub.composite.limits import TAKE_SECONDS
from hubbub.composite.patience import Patience
from hubbub.composite.taking import Taking

logger = logging.getLogger(__name__)

# What may be on its way to a client of one answer, in bytes; who sends more of it waits. At 50 ms that is 2.5 MB/s.
IN_FLIGHT_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Host:
    """What Hypercorn gives to whoever serves a connection."""

    app: AppWrapper
    config: Config
    context: WorkerContext
    tasks: TaskGroup
    state: ConnectionState
    server: tuple[str, int] | None


@dataclass(slots=True)
class _Open:
    """A request whose answer has not ended."""

    stream: HTTPStream
    is_received: bool = False
    is_answered: bool = False
    room: asyncio.Event = field(default_factory=asyncio.Event)


class Requests:
    """What is open on one connection; `transmit` sends what aioquic has ready."""

    def __init__(
        self, quic: QuicConnection, host: Host, client: tuple[str, int] | None, transmit: Callable[[], None]
    ) -> None:
        self.protocol = ServerProtocol(quic, host.config.h2_max_header_list_size)
        self._quic = quic
        self._host = host
        self._client = client
        self._transmit = transmit
        self._open: dict[int, _Open] = {}  # {stream id: request}
        self.begun = 0  # requests so far
        self._patience = Patience(asyncio.get_running_loop().time)

    def __len__(self) -> int:
        return len(self._open)

    @property
    def is_writing(self) -> bool:
        """Whether the client has still to acknowledge something of an answer."""
        streams = list(self._quic._streams)
        return any(self._unacknowledged(stream_id) > 0 for stream_id in streams if stream_id % 4 == 0)

    async def take(self, event: QuicEvent) -> None:
        """Handle what QUIC has for us; never waits for an application."""
        for found in self.protocol.handle_event(event):
            await self._take(found)
        if isinstance(event, StreamReset | StopSendingReceived):
            await self._lose(event.stream_id)
            if self._patience.wears_out(RESET_COST):
                logger.info("a client wears out an HTTP/3 connection: it is closed")
                self._quic.close(error_code=ErrorCode.H3_EXCESSIVE_LOAD)
        stream_id = getattr(event, "stream_id", None)
        if stream_id is not None:
            self.protocol.bound(stream_id)

    def make_room(self) -> None:
        """Let go on who waits for a client that has acknowledged enough in the meantime."""
        for stream_id, request in self._open.items():
            if self._unacknowledged(stream_id) <= IN_FLIGHT_BYTES:
                request.room.set()

    async def lose_all(self) -> None:
        """Tell every application that the client is gone."""
        for stream_id in list(self._open):
            await self._lose(stream_id)

    async def reset(self, stream_id: int) -> None:
        """End an answer in the middle: the client hears that it is not whole, the application that nobody listens."""
        self._abort(stream_id, ErrorCode.H3_INTERNAL_ERROR)
        await self._lose(stream_id)
        self._transmit()

    async def send(self, event: Event) -> None:
        """What Hypercorn's stream calls with each piece of an answer; raises nothing."""
        request = self._open.get(event.stream_id)
        if request is None:
            # An application that goes on sending must not keep the loop from telling it that nobody listens.
            await asyncio.sleep(0)
            return
        try:
            self._send(event, request)
        except (ProtocolError, ValueError, RuntimeError) as error:  # the client has ended the stream meanwhile
            logger.debug("HTTP/3 stream %d took no more: %s", event.stream_id, error)
            await self._lose(event.stream_id)
            return
        self._transmit()
        if isinstance(event, Body):
            await self._wait_for_room(event.stream_id, request)

    async def _wait_for_room(self, stream_id: int, request: _Open) -> None:
        """Wait until the client has most of what it was sent; one that takes nothing of it loses the stream."""
        taking = Taking(partial(self._unacknowledged, stream_id), partial(self._give_up, stream_id))
        try:
            while stream_id in self._open and self._unacknowledged(stream_id) > IN_FLIGHT_BYTES:
                request.room.clear()
                await request.room.wait()
        finally:
            taking.stop()

    def _give_up(self, stream_id: int) -> None:
        logger.info("a client took nothing of a stream for %g s: it is reset", TAKE_SECONDS)
        self._host.tasks.spawn(self.reset, stream_id)

    def _send(self, event: Event, request: _Open) -> None:
        stream_id, protocol = event.stream_id, self.protocol
        if isinstance(event, Response | InformationalResponse):
            status = (b":status", b"%d" % event.status_code)
            protocol.send_headers(stream_id, [status, *event.headers, *self._host.config.response_headers("h3")])
        elif isinstance(event, Body):
            protocol.send_data(stream_id, event.data, False)
        elif isinstance(event, Trailers):
            protocol.send_headers(stream_id, event.headers)
        elif isinstance(event, EndBody):
            protocol.send_data(stream_id, b"", True)
            request.is_answered = True
        elif isinstance(event, StreamClosed):
            self._finish(stream_id, request)

    async def _take(self, event: H3Event) -> None:
        if not isinstance(event, HeadersReceived | DataReceived):
            return
        request = self._open.get(event.stream_id)
        if isinstance(event, HeadersReceived) and request is None:
            request = await self._begin(event)
        if request is None:
            return  # answered already: what still comes of it is dropped
        if isinstance(event, DataReceived) and event.data:
            await request.stream.handle(Body(stream_id=event.stream_id, data=event.data))
        if event.stream_ended:
            request.is_received = True
            await request.stream.handle(EndBody(stream_id=event.stream_id))

    async def _begin(self, event: HeadersReceived) -> _Open | None:
        stream_id, host = event.stream_id, self._host
        self.begun += 1
        try:
            method, raw_path, headers = read_request(event.headers, host.config.h2_max_header_list_size)
        except Refused as refused:
            self._refuse(stream_id, refused.status, is_received=event.stream_ended)
            return None
        tasks: Any = _Tasks(host.tasks, partial(self._overflow, stream_id))
        stream = HTTPStream(
            host.app, host.config, host.context, tasks, True, self._client, host.server, self.send, stream_id
        )
        request = self._open[stream_id] = _Open(stream, is_received=event.stream_ended)
        start = Request(
            stream_id=stream_id, headers=headers, http_version="3", method=method, raw_path=raw_path, state=host.state
        )
        await stream.handle(start)
        await host.context.mark_request()
        if stream.closed:  # of another server name than the configured ones: answered already
            self._finish(stream_id, request)
            return None
        return request

    def _refuse(self, stream_id: int, status: int, *, is_received: bool) -> None:
        fields = [(b":status", b"%d" % status), (b"content-length", b"0")]
        self.protocol.send_headers(stream_id, fields, end_stream=True)
        if not is_received:
            self._stop(stream_id, ErrorCode.H3_NO_ERROR)

    def _finish(self, stream_id: int, request: _Open) -> None:
        """Forget a request whose answer has ended, and take no more of its body (RFC 9114, 4.1)."""
        del self._open[stream_id]
        if not request.is_answered:
            self._quic.reset_stream(stream_id, ErrorCode.H3_INTERNAL_ERROR)
        if not request.is_received:
            self._stop(stream_id, ErrorCode.H3_NO_ERROR)

    def _abort(self, stream_id: int, code: ErrorCode) -> None:
        self._quic.reset_stream(stream_id, code)
        self._stop(stream_id, code)

    def _stop(self, stream_id: int, code: ErrorCode) -> None:
        """Ask the client to send no more of a request."""
        with suppress(ValueError):  # both sides are through with the stream
            self._quic.stop_stream(stream_id, code)

    async def _lose(self, stream_id: int) -> None:
        request = self._open.pop(stream_id, None)
        if request is not None:
            request.room.set()
            await request.stream.handle(StreamClosed(stream_id=stream_id))

    def _overflow(self, stream_id: int) -> None:
        """The application does not take the body: the request ends, the connection goes on."""
        logger.warning("an application left the body of an HTTP/3 request unread: the request was ended")
        self._abort(stream_id, ErrorCode.H3_EXCESSIVE_LOAD)
        request = self._open.pop(stream_id, None)
        if request is not None:
            request.stream.closed = True
            request.room.set()

    def _unacknowledged(self, stream_id: int) -> int:
        """Bytes of an answer that were sent, or wait to be, and that the client has not acknowledged."""
        stream = self._quic._streams.get(stream_id)
        if stream is None or stream.sender.is_finished or stream.sender._reset_error_code is not None:
            return 0
        unsent_end = 1 if stream.sender._buffer_fin is not None else 0
        return stream.sender._buffer_stop - stream.sender._buffer_start + unsent_end


class _Tasks:
    """Where Hypercorn's stream starts its application: with an inbox that nobody has to wait for."""

    def __init__(self, tasks: TaskGroup, overflow: Callable[[], None]) -> None:
        self._tasks = tasks
        self._inbox = Inbox(overflow)

    async def spawn_app(self, app: AppWrapper, config: Config, scope: Any, send: Any) -> Any:
        """As `hypercorn.asyncio.task_group.TaskGroup.spawn_app`."""
        loop = asyncio.get_running_loop()

        def call_soon(function: Any, *arguments: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(function(*arguments), loop).result()

        in_thread = partial(loop.run_in_executor, None)
        self._tasks.spawn(_handle, app, config, scope, self._inbox.get, send, in_thread, call_soon)
        return self._inbox.put
