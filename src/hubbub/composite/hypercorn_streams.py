"""Hypercorn's private parts behind one ASGI `send`: its stream, its protocol, its transport.

Read in Hypercorn 0.18.0, as `hypercorn_fence` was. What is not known is left alone.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hubbub.composite.types import Send

KNOWN_VERSIONS = frozenset({"0.18.0"})
CLOSE_TOO_BIG = 1009  # RFC 6455, 7.4.1

try:
    if version("hypercorn") not in KNOWN_VERSIONS:
        raise ImportError
    from h2.errors import ErrorCodes
    from hypercorn.protocol.h2 import H2Protocol
    from hypercorn.protocol.http_stream import HTTPStream
    from hypercorn.protocol.ws_stream import FrameTooLargeError, WebsocketBuffer, WSStream
except (ImportError, PackageNotFoundError):
    KNOWN = False
else:
    KNOWN = True


def transport_behind(send: Send) -> asyncio.Transport | None:
    """The transport of the connection that `send`, as Hypercorn made it, writes to."""
    protocol = getattr(getattr(_stream(send), "send", None), "__self__", None)
    writer = getattr(getattr(getattr(protocol, "send", None), "__self__", None), "writer", None)
    return getattr(writer, "transport", None)


def harden_websocket(send: Send) -> None:
    """Refuse compression, and keep a message that is too big from being collected.

    `PerMessageDeflate` inflates whatever has arrived before its size is looked at: half a megabyte on the wire became
    418 MB. And after the close by 1009 further frames were still added to the message (`WebsocketBuffer.extend`).
    Must come before the websocket is accepted.
    """
    stream = _stream(send)
    if KNOWN and isinstance(stream, WSStream):
        stream.handshake.extensions = None
        stream.buffer = _BoundedBuffer(stream)


async def reset_stream(send: Send) -> None:
    """Tell an HTTP/2 client that the answer it is reading ends here; Hypercorn itself leaves it waiting."""
    stream = _stream(send)
    protocol = getattr(getattr(stream, "send", None), "__self__", None)
    if KNOWN and isinstance(stream, HTTPStream) and isinstance(protocol, H2Protocol) and not stream.closed:
        protocol.connection.reset_stream(stream.stream_id, ErrorCodes.INTERNAL_ERROR)
        await protocol._flush()


def _stream(send: Send) -> Any:
    """`send` is `HTTPStream.app_send` or `WSStream.app_send`."""
    return getattr(send, "__self__", None)


if KNOWN:

    class _BoundedBuffer(WebsocketBuffer):
        """Drops a message at its limit, and tells the application that the websocket is gone."""

        def __init__(self, stream: WSStream) -> None:
            super().__init__(stream.config.websocket_max_message_size)
            self._stream = stream
            self._told: asyncio.Future[None] | None = None

        def extend(self, event: Any) -> None:
            if self._told is None and self.length + len(event.data) <= self.max_length:
                super().extend(event)
                return
            self.clear()
            if self._told is None:
                # A task, because the application's queue may be full and the reader of the connection is here.
                gone = {"type": "websocket.disconnect", "code": CLOSE_TOO_BIG}
                self._told = asyncio.ensure_future(self._stream.app_put(gone))  # type: ignore[misc]
            raise FrameTooLargeError
