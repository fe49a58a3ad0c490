"""Hypercorn's private parts behind one ASGI `send`: its stream, its protocol, its transport.

Read in Hypercorn 0.18.0, as `hypercorn_fence` was. What is not known is left alone.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, runtime_checkable

from hubbub.composite.hypercorn_http2 import KNOWN_VERSIONS
from hubbub.composite.types import Send

CLOSE_ABNORMAL = 1006  # RFC 6455, 7.4.1, as the next
CLOSE_TOO_BIG = 1009
_TOO_BIG = {"type": "websocket.disconnect", "code": CLOSE_TOO_BIG}

try:
    if version("hypercorn") not in KNOWN_VERSIONS:
        raise ImportError
    from h2.errors import ErrorCodes
    from hypercorn.protocol.events import Data, StreamClosed
    from hypercorn.protocol.h2 import H2Protocol
    from hypercorn.protocol.h11 import H11Protocol, H11WSConnection
    from hypercorn.protocol.ws_stream import FrameTooLargeError, WebsocketBuffer, WSStream

    from hubbub.composite.hypercorn_http2 import MendedProtocol
except (ImportError, PackageNotFoundError):
    KNOWN = False
else:
    KNOWN = True


@runtime_checkable
class Multiplexer(Protocol):
    """A connection of ours with streams on it: `http3.requests.Requests`, which needs what may not be installed."""

    async def reset(self, stream_id: int) -> None:
        """End a stream in the middle."""
        ...


def transport_behind(send: Send) -> asyncio.Transport | None:
    """The transport of the connection that `send`, as Hypercorn made it, writes to."""
    protocol = getattr(getattr(_stream(send), "send", None), "__self__", None)
    writer = getattr(getattr(getattr(protocol, "send", None), "__self__", None), "writer", None)
    return getattr(writer, "transport", None)


def harden_websocket(send: Send) -> None:
    """Refuse compression, keep a message that is too big from being collected, and end who speaks too early.

    `PerMessageDeflate` inflates whatever has arrived before its size is looked at: half a megabyte on the wire became
    418 MB. And after the close by 1009 further frames were still added to the message (`WebsocketBuffer.extend`).
    Must come before the websocket is accepted.
    """
    stream = _stream(send)
    if KNOWN and isinstance(stream, WSStream):
        stream.handshake.extensions = None
        stream.buffer = _BoundedBuffer(stream)
        _end_early_speech(stream)


def forget_handshake(send: Send) -> None:
    """Let go of what only the handshake of a websocket needed; for one that was accepted.

    Over HTTP/1.1 that is h11's connection with all it had read: Hypercorn's `H11WSConnection` passes data on past it.
    """
    stream = _stream(send)
    protocol = getattr(getattr(stream, "send", None), "__self__", None)
    if KNOWN and isinstance(stream, WSStream) and isinstance(protocol, H11Protocol):
        connection = protocol.connection
        if isinstance(connection, H11WSConnection):
            connection.h11_connection = None  # type: ignore[assignment]


async def reset_stream(send: Send) -> None:
    """Tell a client over HTTP/2 or HTTP/3 that what it is reading ends here; Hypercorn itself leaves it waiting.

    The application hears that the client is gone, and has to be reading for it.
    """
    stream = _stream(send)
    protocol = getattr(getattr(stream, "send", None), "__self__", None)
    if isinstance(protocol, Multiplexer):
        await protocol.reset(stream.stream_id)
        return
    if not KNOWN or not isinstance(protocol, MendedProtocol) or stream.closed:
        return
    code = ErrorCodes.CANCEL if isinstance(stream, WSStream) else ErrorCodes.INTERNAL_ERROR
    await protocol.end_stream(stream.stream_id, code)
    await protocol._flush()


async def cut_stream(send: Send, seconds: float) -> None:
    """End what a client does not take: its stream over HTTP/2 and HTTP/3, the connection over HTTP/1.1.

    The connection as well where the end of the stream is not taken within `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            await reset_stream(send)
    except TimeoutError:
        is_over = False
    else:
        is_over = is_multiplexed(send)
    transport = transport_behind(send)
    if transport is not None and not is_over:
        transport.abort()


def is_multiplexed(send: Send) -> bool:
    """Whether other streams share the connection behind `send`."""
    protocol = getattr(getattr(_stream(send), "send", None), "__self__", None)
    return isinstance(protocol, Multiplexer) or (KNOWN and isinstance(protocol, H2Protocol))


def is_gone(send: Send) -> bool:
    """Whether what is sent from now on is dropped, because the stream or its connection has ended."""
    return KNOWN and bool(getattr(_stream(send), "closed", False))


def _end_early_speech(stream: Any) -> None:
    """End a websocket over HTTP/1.1 whose client sent data before it was accepted; `MendedProtocol` does over HTTP/2.

    Hypercorn answers 400 and then waits for ever for the client to go, and the application for the client to speak.
    """

    async def end() -> None:
        await stream.app_put({"type": "websocket.disconnect", "code": CLOSE_ABNORMAL})
        await stream.send(StreamClosed(stream_id=stream.stream_id))

    if stream.closed:  # it came with the request
        stream.ending = asyncio.ensure_future(end())
        return
    handle = stream.handle

    async def handle_or_end(event: Any) -> None:
        if stream.handshake.accepted and stream.handle is handle_or_end:
            stream.handle = handle
        await handle(event)
        if stream.closed and not stream.handshake.accepted and isinstance(event, Data):
            await end()

    stream.handle = handle_or_end


def _stream(send: Send) -> Any:
    """`send` is `HTTPStream.app_send` or `WSStream.app_send`."""
    return getattr(send, "__self__", None)


if KNOWN:

    class _BoundedBuffer(WebsocketBuffer):
        """Drops a message at its limit, and tells the application that the websocket is gone.

        With `closes` off Hypercorn sends no close: the application says why, and closes.
        """

        def __init__(self, stream: WSStream) -> None:
            super().__init__(stream.config.websocket_max_message_size)
            self._stream = stream
            self.closes = True
            self._told: asyncio.Future[None] | None = None

        def extend(self, event: Any) -> None:
            if self._told is None and self.length + len(event.data) <= self.max_length:
                super().extend(event)
                return
            self.clear()
            if self._told is None:
                # A task, because the application's queue may be full and the reader of the connection is here.
                self._told = asyncio.ensure_future(self._stream.app_put(dict(_TOO_BIG)))  # type: ignore[misc]
            if self.closes:
                raise FrameTooLargeError

        def to_message(self) -> dict[str, Any]:
            return super().to_message() if self._told is None else dict(_TOO_BIG)
