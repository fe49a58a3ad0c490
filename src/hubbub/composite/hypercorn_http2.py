"""Hypercorn's HTTP/2 with its faults mended, so that one bad stream harms no other; one of the fences around it.

Read in Hypercorn 0.18.0, `protocol/h2.py`. docs/upstream/ has each fault, how to see it, and a patch for it.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import Any

from hubbub.composite import h2_fence
from hubbub.composite.h2_events import cost_of, refusal_of
from hubbub.composite.hypercorn_inbox import Inbox, Inboxes, discard_queue, nowhere
from hubbub.composite.limits import TAKE_SECONDS
from hubbub.composite.patience import Patience
from hubbub.composite.taking import Taking

KNOWN_VERSIONS = frozenset({"0.18.0"})

logger = logging.getLogger(__name__)

try:
    if version("hypercorn") not in KNOWN_VERSIONS:
        raise ImportError
    import hypercorn.protocol
    from h2 import events as h2_events
    from h2.errors import ErrorCodes
    from h2.exceptions import ProtocolError
    from hypercorn.events import Closed, Event, RawData
    from hypercorn.protocol.events import Body, Data, EndBody, EndData, StreamClosed
    from hypercorn.protocol.events import Event as StreamEvent
    from hypercorn.protocol.h2 import BUFFER_HIGH_WATER, H2Protocol
    from hypercorn.protocol.ws_stream import WSStream
    from priority.priority import PriorityError
except (ImportError, PackageNotFoundError):
    KNOWN = False
else:
    KNOWN = True


def mend_http2() -> None:
    """Have every HTTP/2 connection of this process, from now on, be a `MendedProtocol`; the second time is nothing.

    Behind another server it changes nothing; with an unknown version of Hypercorn neither, and the log says so.
    """
    if KNOWN:
        hypercorn.protocol.H2Protocol = MendedProtocol  # type: ignore[attr-defined]
    if not KNOWN or not h2_fence.KNOWN:
        logger.warning("this version of Hypercorn or of h2 is not known: one bad HTTP/2 stream may harm others")


if KNOWN:
    _CONTENT = (Body, Data, EndBody, EndData)

    class MendedProtocol(H2Protocol):
        """One HTTP/2 connection."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.connection = h2_fence.with_stream_errors(self.connection)
            self._patience = Patience(monotonic)
            self._is_given_up = False
            self._inboxes = Inboxes(self.task_group.spawn, self._deliver, self._acknowledge)

        async def handle(self, event: Event) -> None:
            """Take what came of the connection; its end ends whatever waits for it."""
            if self._is_given_up and isinstance(event, RawData):
                return
            try:
                await super().handle(event)
            except Exception:
                # It would cancel every task of the connection, and leave streams behind that nobody ends.
                logger.exception("an HTTP/2 connection failed and is closed")
                await self._give_up(ErrorCodes.INTERNAL_ERROR)
            if isinstance(event, Closed):
                for buffer in list(self.stream_buffers.values()):
                    await buffer.close()

        async def stream_send(self, event: StreamEvent) -> None:
            """Send a part of an answer, and wait until the client has taken most of what it was sent.

            Hypercorn's own wait ends as soon as it looks at a window that is closed (`StreamBuffer.pop` of nothing
            counts as room): what a client does not read was kept for it without end, and for ever.
            """
            if isinstance(event, StreamClosed):  # of the application, which reads no more
                discard_queue(self.streams.get(event.stream_id))
            buffer = self.stream_buffers.get(event.stream_id) if isinstance(event, _CONTENT) else None
            if buffer is None or (
                isinstance(event, Body | Data) and len(buffer.buffer) + len(event.data) < BUFFER_HIGH_WATER
            ):
                await super().stream_send(event)  # without any wait
                return
            taking = Taking(lambda: len(buffer.buffer), partial(self._give_up_stream, event.stream_id))
            try:
                if len(buffer.buffer) >= BUFFER_HIGH_WATER:
                    await buffer.drain()
                await super().stream_send(event)
            finally:
                taking.stop()

        async def _send_data(self, stream_id: int) -> None:
            """Send what a window lets out; the stream may be ended while it is on its way."""
            with suppress(KeyError):
                await super()._send_data(stream_id)

        async def _handle_events(self, events: list[h2_events.Event]) -> None:
            for event in events:
                cost = cost_of(event)
                if cost and self._patience.wears_out(cost):
                    logger.info("a client wears out an HTTP/2 connection: it is closed")
                    await self._give_up(ErrorCodes.ENHANCE_YOUR_CALM)
                    return
                if not await self._handle_here(event):
                    await super()._handle_events([event])
            await self._flush()

        async def _handle_here(self, event: h2_events.Event) -> bool:
            """Do what Hypercorn does wrong; whether it was that."""
            match event:
                case h2_events.RequestReceived() if refused := refusal_of(event.headers):
                    self._answer(event.stream_id, refused)
                case h2_events.DataReceived():
                    return await self._drop_data(event) or self._hold_data(event)
                case h2_events.StreamEnded() if inbox := self._inbox_of(event.stream_id):
                    inbox.has_ended = True
                case h2_events.StreamEnded() if isinstance(self.streams.get(event.stream_id), WSStream):
                    # As good as the end of a TCP connection (RFC 8441, 5); nobody would hear of it.
                    await self.end_stream(event.stream_id, ErrorCodes.CANCEL)
                case h2_events.StreamReset():
                    await self.end_stream(event.stream_id)
                case h2_events.PriorityUpdated():
                    self._reprioritize(event)
                case _:
                    return False
            return True

        async def _drop_data(self, event: h2_events.DataReceived) -> bool:
            """Whether the data was for nobody: the stream was answered, or the websocket not yet accepted."""
            stream = self.streams.get(event.stream_id)
            if isinstance(stream, WSStream) and not stream.handshake.accepted:
                await self.end_stream(event.stream_id, ErrorCodes.PROTOCOL_ERROR)
            elif stream is None:
                # What is still in a buffer would never arrive after a reset; then the data is only dropped.
                if event.stream_id not in self.stream_buffers:
                    self._reset(event.stream_id, ErrorCodes.NO_ERROR)  # RFC 9113, 8.1
            elif event.data:
                return False
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            return True

        def _inbox_of(self, stream_id: int) -> Inbox | None:
            stream = self.streams.get(stream_id)
            return None if stream is None else self._inboxes.of(stream_id, stream)

        def _hold_data(self, event: h2_events.DataReceived) -> bool:
            """Whether the application is behind, so that the data waits, and nobody for it."""
            inbox = self._inbox_of(event.stream_id)
            if inbox is not None:
                inbox.add(event.data, event.flow_controlled_length)
            return inbox is not None

        async def _deliver(self, stream_id: int, data: bytes | None) -> None:
            stream = self.streams.get(stream_id)
            if stream is None:
                return
            try:
                if data is not None:
                    await stream.handle(Body(stream_id, data))
                elif isinstance(stream, WSStream):
                    await self.end_stream(stream_id, ErrorCodes.CANCEL)
                else:
                    await stream.handle(EndBody(stream_id))
            except Exception:
                logger.exception("an HTTP/2 connection failed and is closed")
                await self._give_up(ErrorCodes.INTERNAL_ERROR)

        async def _acknowledge(self, stream_id: int, credit: int) -> None:
            with suppress(ProtocolError):
                self.connection.acknowledge_received_data(credit, stream_id)
            await self._flush()

        async def _create_stream(self, request: h2_events.RequestReceived) -> None:
            """Begin a stream; Hypercorn keeps those that it has refused for as long as the connection."""
            await super()._create_stream(request)
            stream = self.streams.get(request.stream_id)
            if stream is not None and stream.closed:
                del self.streams[request.stream_id]

        async def _close_stream(self, stream_id: int) -> None:
            """Tell the application of the end of its stream, whether it reads or not."""
            stream = self.streams.get(stream_id)
            if stream is not None:
                credit = self._inboxes.forget(stream_id, stream)
                await super()._close_stream(stream_id)
                stream.app_put = nowhere
                if credit:
                    await self._acknowledge(stream_id, credit)

        def _answer(self, stream_id: int, status: int) -> None:
            """Answer a request that no application hears of."""
            fields = [(b":status", b"%d" % status), (b"content-length", b"0"), *self.config.response_headers("h2")]
            with suppress(ProtocolError):
                self.connection.send_headers(stream_id, fields, end_stream=True)

        def _reset(self, stream_id: int, code: ErrorCodes) -> None:
            with suppress(ProtocolError):  # the client was quicker
                self.connection.reset_stream(stream_id, code)

        async def end_stream(self, stream_id: int, code: ErrorCodes | None = None) -> None:
            """Tell the application, and let go of what was to be sent; with a code the client is told as well.

            Hypercorn leaves the buffer and its place in the tree behind, where no more than 1,000 have room.
            """
            if code is not None:
                self._reset(stream_id, code)
            buffer = self.stream_buffers.get(stream_id)
            if buffer is not None:
                del self.stream_buffers[stream_id]
                self.priority.remove_stream(stream_id)
                await buffer.close()
            await self._close_stream(stream_id)

        def _reprioritize(self, event: h2_events.PriorityUpdated) -> None:
            """Heed what a client wishes for streams that there are, of which there are few; others may be made up.

            RFC 9113, 5.3.2, leaves it to the server.
            """
            if event.stream_id in self.stream_buffers:
                parent = event.depends_on if event.depends_on in self.stream_buffers else None
                with suppress(PriorityError):
                    self.priority.reprioritize(event.stream_id, parent, event.weight or 1, bool(event.exclusive))

        def _give_up_stream(self, stream_id: int) -> None:
            logger.info("a client took nothing of a stream for %g s: it is reset", TAKE_SECONDS)
            self.task_group.spawn(self._cut, stream_id)

        async def _cut(self, stream_id: int) -> None:
            await self.end_stream(stream_id, ErrorCodes.CANCEL)
            await self._flush()

        async def _give_up(self, code: ErrorCodes) -> None:
            self._is_given_up = True
            with suppress(ProtocolError):
                self.connection.close_connection(code)
            await self._flush()
            await self.send(Closed())
