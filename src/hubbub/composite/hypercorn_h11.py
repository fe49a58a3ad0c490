"""Hypercorn's HTTP/1.1 with less on the way, without the way to HTTP/2 that RFC 9113 has given up; one of its fences.

Read in Hypercorn 0.18.0, `protocol/h11.py`: it takes every `Upgrade: h2c`, falls over settings in it that cannot be,
and with a proxy in front that passes the header on, a client would speak past that proxy's rules. And h11 reads and
writes every message in four steps, of which each answer is three writes.

What comes as one whole request goes past h11 (see `whole_messages`). As soon as anything about it or its answer is
special h11 is given the request, and all is as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from hubbub.composite.hypercorn_http2 import KNOWN_VERSIONS
from hubbub.composite.whole_messages import WholeRequest, read_request

try:
    if version("hypercorn") not in KNOWN_VERSIONS:
        raise ImportError
    import h11
    import hypercorn.protocol
    from hypercorn.events import Closed, Event, RawData, Updated
    from hypercorn.protocol import events
    from hypercorn.protocol.h11 import STREAM_ID, H11Protocol

    from hubbub.composite.hypercorn_whole import WholeStream
except (ImportError, PackageNotFoundError):
    KNOWN = False
else:
    KNOWN = True


def mend_http1() -> None:
    """Have every HTTP/1.1 connection of this process, from now on, be a `MendedH11Protocol`; twice is as good as once.

    Behind another server, or an unknown version of Hypercorn, it changes nothing. `mend_http2` says so in the log.
    """
    if KNOWN:
        hypercorn.protocol.H11Protocol = MendedH11Protocol  # type: ignore[attr-defined]


if KNOWN:

    class MendedH11Protocol(H11Protocol):
        """One HTTP/1.1 connection; it may still begin by the preface of HTTP/2 (RFC 9113, 3.3)."""

        _whole: WholeRequest | None = None  # the request in flight that h11 has not seen
        take: Callable[[bytes], bool] | None = None  # of a websocket that can be read past wsproto (`hypercorn_reads`)

        async def handle(self, event: Event) -> None:
            """Take what the connection has read, or its end."""
            if isinstance(event, RawData):
                if self.take is not None and self.take(event.data):
                    return
                if self._whole is not None and not (event.data and await self._may_go_on()):
                    return  # the end of what the client sends is no more than that: the answer is still on its way
                request = read_request(event.data) if self._is_between_requests() else None
                if request is not None:
                    await self._begin(request)
                    return
            await super().handle(event)

        async def stream_send(self, event: events.Event) -> None:
            """Send a part of an answer that is not whole."""
            if self._whole is not None and not isinstance(event, events.StreamClosed):
                self._tell_h11(self._whole)
            await super().stream_send(event)

        @property
        def takes_whole_answer(self) -> bool:
            """Whether nothing is to be added to the answer, and nothing of it has been sent."""
            return self._whole is not None and self.keep_alive_requests < self.config.keep_alive_max_requests

        def _is_between_requests(self) -> bool:
            connection = self.connection
            return (
                self.stream is None
                and connection.our_state is h11.IDLE
                and connection.their_state is h11.IDLE
                and not connection.trailing_data[0]
                and not self.config.h11_pass_raw_headers
            )

        async def _begin(self, request: WholeRequest) -> None:
            self._whole = request
            await self.send(Updated(idle=False))
            self.stream = stream = WholeStream(
                self.app,
                self.config,
                self.context,
                self.task_group,
                self.ssl,
                self.client,
                self.server,
                self.stream_send,
                STREAM_ID,
            )
            await stream.begin(self, request)
            self.keep_alive_requests += 1
            await self.context.mark_request()

        async def _may_go_on(self) -> bool:
            """Read no further until the request in flight is answered; whether the connection is for more."""
            await self.can_read.clear()
            await self.can_read.wait()
            return self.connection.our_state is h11.IDLE and not self.context.terminated.is_set()

        def _tell_h11(self, request: WholeRequest) -> None:
            self._whole = None
            self.connection.receive_data(request.data)
            while not isinstance(self.connection.next_event(), h11.EndOfMessage):
                continue

        async def _maybe_recycle(self) -> None:
            if self._whole is None:
                await super()._maybe_recycle()
                return
            self._whole = None
            await self._close_stream()
            await self.can_read.set()
            await self.send(Closed() if self.context.terminated.is_set() else Updated(idle=True))

        async def _check_protocol(self, event: h11.Request) -> None:
            """Answer by HTTP/1.1 whoever asks for h2c, as a server may (RFC 9110, 7.8)."""
            upgrades = (value for name, value in event.headers if name.lower() == b"upgrade")
            if all(value.strip().lower() != b"h2c" for value in upgrades):
                await super()._check_protocol(event)
