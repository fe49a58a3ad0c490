"""Writing frames of a websocket straight to Hypercorn's transport; one of the fences around it.

Read in Hypercorn 0.18.0 and wsproto 1.3: a frame sent by ASGI goes through wsproto, which builds the same bytes for
every connection, and six coroutines, of which the last takes a lock and waits for the transport to drain. What is
written here does neither, so it may only be written while nobody would have to wait.

Behind another server, or an unknown version, there is no such way; `mend_http2` says so in the log.
"""

from __future__ import annotations

from typing import Any

from hubbub.composite.hypercorn_tcp import HIGH_WATER_BYTES
from hubbub.composite.types import Send

try:  # the other fences have these only where they know the version
    from h2.exceptions import ProtocolError
    from hypercorn.protocol.ws_stream import ASGIWebsocketState, WSStream
    from wsproto.connection import ConnectionState

    from hubbub.composite.hypercorn_h11 import MendedH11Protocol
    from hubbub.composite.hypercorn_http2 import MendedProtocol
    from hubbub.composite.hypercorn_tcp import MendedConnection
except ImportError:
    KNOWN = False
else:
    KNOWN = True
    _CONNECTED, _OPEN = ASGIWebsocketState.CONNECTED, ConnectionState.OPEN


def direct_writes(send: Send | None) -> DirectWrites | None:
    """The direct way for an accepted websocket whose `send` is Hypercorn's own; None where there is no such way."""
    stream: Any = getattr(send, "__self__", None)
    # A stream whose client left before it was accepted has no wsproto connection.
    if not KNOWN or not isinstance(stream, WSStream) or stream.closed or stream.connection._proto.extensions:
        return None
    protocol: Any = getattr(stream.send, "__self__", None)
    connection: Any = getattr(getattr(protocol, "send", None), "__self__", None)
    if not isinstance(connection, MendedConnection):
        return None
    if isinstance(protocol, MendedH11Protocol):
        return DirectWrites(stream, connection)
    return Http2Writes(stream, connection, protocol) if isinstance(protocol, MendedProtocol) else None


class DirectWrites:
    """A websocket over HTTP/1.1, with or without TLS."""

    __slots__ = ("_lock", "_stream", "_transport")

    def __init__(self, stream: Any, connection: Any) -> None:
        self._stream = stream
        self._lock = connection.send_lock
        self._transport = connection.writer.transport

    def room(self) -> int:
        """Bytes that the transport takes without anybody having to wait; 0 near the end, and while others write."""
        # Asked for each frame of each client, so that what `state` and `locked()` would call is read here.
        stream, lock = self._stream, self._lock
        if (
            stream.closed
            or stream.state is not _CONNECTED
            or stream.connection._state is not _OPEN
            or lock._locked
            or lock._waiters
            or self._transport.is_closing()
        ):
            return 0
        waiting: int = self._transport.get_write_buffer_size()
        return HIGH_WATER_BYTES - waiting if waiting < HIGH_WATER_BYTES else 0

    def write(self, frames: bytes) -> None:
        """Write whole frames, no more than there was room for."""
        self._transport.write(frames)


class Http2Writes(DirectWrites):
    """A websocket over HTTP/2, within its windows; what they hold back is for Hypercorn to send as they open."""

    __slots__ = ("_protocol",)

    def __init__(self, stream: Any, connection: Any, protocol: Any) -> None:
        super().__init__(stream, connection)
        self._protocol = protocol

    def room(self) -> int:
        """Bytes that both the windows and the transport take now; 0 while Hypercorn has something left to send."""
        protocol, stream_id = self._protocol, self._stream.stream_id
        buffer = protocol.stream_buffers.get(stream_id)
        if buffer is None or buffer.buffer or buffer.complete:
            return 0
        try:
            window: int = protocol.connection.local_flow_control_window(stream_id)
        except ProtocolError:
            return 0
        return max(0, min(window, super().room()))

    def write(self, frames: bytes) -> None:
        """Write whole frames as DATA, no more than there was room for."""
        connection, stream_id = self._protocol.connection, self._stream.stream_id
        size = connection.max_outbound_frame_size
        for start in range(0, len(frames), size):
            connection.send_data(stream_id, frames[start : start + size])
        self._transport.write(connection.data_to_send())
