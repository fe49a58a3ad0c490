"""aioquic's HTTP/3 layer with the settings of a server that hosts strangers; sees frames, no requests.

Read in aioquic 1.7: `H3Connection` offers extended CONNECT (RFC 9220), a dynamic table for compressed headers, and
collects a HEADERS frame of any length.
"""

from __future__ import annotations

from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import ErrorCode, FrameType, H3Connection, Setting, encode_frame
from aioquic.quic.connection import QuicConnection
from pylsqpack import Decoder

# The first stream that is not served any more; the greatest there is says only that the end is near (RFC 9114, 5.2).
_LAST_STREAM = 2**62 - 4


class ServerProtocol(H3Connection):
    """One connection's frames; `header_bytes` bounds a request's header fields (RFC 9114, 4.2.2)."""

    def __init__(self, quic: QuicConnection, header_bytes: int) -> None:
        self._header_bytes = header_bytes
        # Without a dynamic table a byte on the wire is at most a field of the static one, of some sixty bytes; with it
        # one byte stood for four thousand.
        self._max_table_capacity = self._blocked_streams = 0
        super().__init__(quic)
        self._decoder = Decoder(0, 0)

    def bound(self, stream_id: int) -> None:
        """Close the connection of a client that sends headers without end; called after each event of a stream.

        Any frame that is not a body waits in `buffer` until it is whole; a body never does.
        """
        stream = self._stream.get(stream_id)
        if stream is not None and len(stream.buffer) > self._header_bytes:
            self._is_done = True
            self._quic.close(error_code=ErrorCode.H3_EXCESSIVE_LOAD, reason_phrase="the header fields are too long")

    def announce_end(self) -> None:
        """Ask the client to send its next request over another connection."""
        if self._local_control_stream_id is not None:
            frame = encode_frame(FrameType.GOAWAY, encode_uint_var(_LAST_STREAM))
            self._quic.send_stream_data(self._local_control_stream_id, frame)

    def _get_local_settings(self) -> dict[int, int]:
        """Without extended CONNECT: WebSocket stays on HTTP/2."""
        settings = super()._get_local_settings()
        del settings[Setting.ENABLE_CONNECT_PROTOCOL]
        return settings | {
            Setting.QPACK_MAX_TABLE_CAPACITY: 0,
            Setting.QPACK_BLOCKED_STREAMS: 0,
            Setting.MAX_FIELD_SECTION_SIZE: self._header_bytes,
        }
