"""Errors of one HTTP/2 stream that end that stream and not the connection; the fence around the h2 library.

Read in h2 4.4.1: nearly every breach of the protocol raises `ProtocolError`, after which the connection is over with
every stream on it. RFC 9113, 5.4.2, wants a reset of the stream where the breach is the stream's. What breaks the
state of the connection, its header compression first of all, still ends it. Knows nothing of Hypercorn.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

KNOWN_VERSIONS = frozenset({"4.4.1"})

try:
    if version("h2") not in KNOWN_VERSIONS:
        raise ImportError
    from h2.connection import AllowedStreamIDs, ConnectionInputs, H2Connection, _decode_headers
    from h2.errors import ErrorCodes
    from h2.events import Event, StreamReset
    from h2.exceptions import (
        FlowControlError,
        FrameDataMissingError,
        InvalidBodyLengthError,
        NoSuchStreamError,
        ProtocolError,
        StreamClosedError,
        StreamIDTooLowError,
        TooManyStreamsError,
    )
    from h2.frame_buffer import FrameBuffer
    from h2.settings import SettingCodes
    from h2.stream import StreamClosedBy, StreamInputs
    from hpack.exceptions import HPACKError, OversizedHeaderListError
    from hyperframe.exceptions import HyperframeError
    from hyperframe.frame import (
        ContinuationFrame,
        DataFrame,
        Frame,
        GoAwayFrame,
        HeadersFrame,
        PriorityFrame,
        RstStreamFrame,
        SettingsFrame,
        WindowUpdateFrame,
    )
except (ImportError, PackageNotFoundError):
    KNOWN = False
else:
    KNOWN = True

_HEAD_BYTES = 9
_WINDOW_UPDATE_BYTES = 4


def with_stream_errors(connection: Any) -> Any:
    """A server's connection that has not begun, with errors of streams kept to them; as it is where h2 is unknown."""
    if not KNOWN:
        return connection
    mended = StreamErrorConnection(connection.config)
    mended.DEFAULT_MAX_INBOUND_FRAME_SIZE = connection.DEFAULT_MAX_INBOUND_FRAME_SIZE
    mended.local_settings = connection.local_settings
    # Settings that are there from the start are never acknowledged as changes: h2 would keep to its own 64 KiB.
    mended.decoder.max_header_list_size = connection.local_settings[SettingCodes.MAX_HEADER_LIST_SIZE]
    return mended


if KNOWN:
    Received = tuple[list[Frame], list[Event]]

    class CompressionError(ProtocolError):
        """A header block that cannot be decoded, after which no other can (RFC 9113, 4.3)."""

        error_code = ErrorCodes.COMPRESSION_ERROR

    class StreamFault(Frame):
        """Stands for a frame that could not be read, and whose fault is its stream's."""

        def __init__(self, stream_id: int, code: ErrorCodes) -> None:
            super().__init__(stream_id)
            self.code = code

        def _body_repr(self) -> str:
            return self.code.name

    class StreamErrorConnection(H2Connection):
        """h2's, on which a stream can fail alone."""

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.incoming_buffer = _Frames(server=not config.client_side)
            self._frame_dispatch_table[StreamFault] = self._receive_fault

        def _receive_headers_frame(self, frame: HeadersFrame) -> Received:
            try:
                return super()._receive_headers_frame(frame)
            except TooManyStreamsError:
                return self._refuse(frame)
            except (NoSuchStreamError, StreamIDTooLowError):
                raise
            except ProtocolError as error:
                if isinstance(error.__cause__, OversizedHeaderListError):
                    raise  # its own code, ENHANCE_YOUR_CALM, says it better
                if isinstance(error.__cause__, HPACKError):
                    raise CompressionError from error
                return self._fail(frame.stream_id, error)

        def _receive_data_frame(self, frame: DataFrame) -> Received:
            try:
                return super()._receive_data_frame(frame)
            except (InvalidBodyLengthError, FlowControlError) as error:
                if self._inbound_flow_control_window_manager.current_window_size < 0:
                    raise
                _, events = self._fail(frame.stream_id, error)
                closed = StreamClosedError(frame.stream_id)
                closed.error_code = error.error_code
                # Gives the window of the connection its bytes back, and resets the stream.
                return self._handle_data_on_closed_stream(events, closed, frame)

        def _receive_priority_frame(self, frame: HeadersFrame | PriorityFrame) -> Received:
            try:
                return super()._receive_priority_frame(frame)
            except ProtocolError as error:
                if isinstance(frame, HeadersFrame):
                    raise
                return self._fail(frame.stream_id, error)

        def _receive_rst_stream_frame(self, frame: RstStreamFrame) -> Received:
            if frame.stream_id > self.highest_inbound_stream_id:
                raise NoSuchStreamError(frame.stream_id)  # h2 overlooks it; RFC 9113, 6.4
            return super()._receive_rst_stream_frame(frame)

        def _receive_naked_continuation(self, frame: ContinuationFrame) -> None:
            """Its fields are lost, so that the compression is out of step, whatever has become of the stream."""
            raise ProtocolError("CONTINUATION outside of a header block")

        def _receive_goaway_frame(self, frame: GoAwayFrame) -> Received:
            """Who leaves in peace still gets the answers to what it has asked (RFC 9113, 6.8); h2 sends no more."""
            if frame.error_code == ErrorCodes.NO_ERROR:
                return [], []
            return super()._receive_goaway_frame(frame)

        def _receive_fault(self, frame: StreamFault) -> Received:
            error = ProtocolError("a frame that cannot be read")
            error.error_code = frame.code
            return self._fail(frame.stream_id, error)

        def _refuse(self, frame: HeadersFrame) -> Received:
            """Refuse a stream that is one too many; h2 would not even decode its fields."""
            _decode_headers(self.decoder, frame.data)
            self.state_machine.process_input(ConnectionInputs.RECV_HEADERS)
            stream = self._begin_new_stream(frame.stream_id, AllowedStreamIDs.ODD)
            stream.state_machine.process_input(StreamInputs.RECV_HEADERS)
            return stream.reset_stream(ErrorCodes.REFUSED_STREAM), []

        def _fail(self, stream_id: int, error: ProtocolError) -> Received:
            """Reset a stream.

            Raises:
                ProtocolError: the error again, where there is no stream to reset.
            """
            stream = self.streams.get(stream_id)
            if stream is None:
                raise error
            machine = stream.state_machine
            if machine.stream_closed_by is None:
                machine.stream_closed_by = StreamClosedBy.SEND_RST_STREAM
            reset = RstStreamFrame(stream_id)
            reset.error_code = error.error_code
            if not stream.closed:
                stream.reset_stream(error.error_code)
            event = StreamReset(stream_id=stream_id, error_code=error.error_code, remote_reset=False)
            return [reset], [event]

    class _Frames(FrameBuffer):
        """h2's, that reads no frame which is too long, and gets over a frame that only its stream has to pay for."""

        def __next__(self) -> Frame:
            if len(self._data) >= _HEAD_BYTES:
                # h2 looks at the length when all of it is there, and it may be 16 MiB.
                self._validate_frame_length(int.from_bytes(self._data[:3], "big"))
            try:
                return super().__next__()
            except ProtocolError as error:
                unread = isinstance(error.__cause__, HyperframeError)  # and so still the first of the buffer
                fault = self._take_fault() if unread else None
                if fault is None:
                    raise
                return fault

        def _take_fault(self) -> StreamFault | None:
            """Drop the frame that could not be read, if its fault is its stream's (RFC 9113, 6.3 and 6.9).

            Raises:
                FrameDataMissingError: for another fault, of the length, to which h2 gives another code (6.5).
            """
            head = bytes(self._data[:_HEAD_BYTES])
            length, kind = int.from_bytes(head[:3], "big"), head[3]
            stream_id = int.from_bytes(head[5:], "big") & 0x7FFF_FFFF
            if kind == SettingsFrame.type and not stream_id:
                raise FrameDataMissingError("SETTINGS of a length that they cannot have")
            if self._headers_buffer or not stream_id:
                return None
            if kind == PriorityFrame.type:
                code = ErrorCodes.FRAME_SIZE_ERROR
            elif kind == WindowUpdateFrame.type and length == _WINDOW_UPDATE_BYTES:
                code = ErrorCodes.PROTOCOL_ERROR  # an increment of nothing; all else in it is valid
            else:
                return None
            del self._data[: _HEAD_BYTES + length]
            return StreamFault(stream_id, code)
