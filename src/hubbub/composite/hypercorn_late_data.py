"""What an HTTP/2 client still sends after its answer has ended; one of the fences around Hypercorn.

Read in Hypercorn 0.18.0, `protocol/h2.py`: a stream is forgotten when its response ends, and DATA for it then raises
`KeyError` out of the reader of the connection, which hangs with all its streams, through a shutdown too. Bodies are
read to their end before anybody answers wherever that is bounded (`bodies`, `refusals`); this is for the rest.
"""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hubbub.composite.scopes import DOOR_SCOPES, SERVER_SEND
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

KNOWN_VERSIONS = frozenset({"0.18.0"})

logger = logging.getLogger(__name__)

try:
    from h2.errors import ErrorCodes
    from h2.exceptions import ProtocolError
    from hypercorn.protocol.events import Body
    from hypercorn.protocol.h2 import H2Protocol

    KNOWN = version("hypercorn") in KNOWN_VERSIONS
except (ImportError, PackageNotFoundError):
    KNOWN = False


class LateDataMiddleware:
    """Let an HTTP/2 connection survive data for streams that were answered already; outermost of the door.

    Behind another server, or an unknown version of Hypercorn, it does nothing and says so once in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        if not KNOWN:
            logger.warning("this version of Hypercorn is not known: early answers may break HTTP/2 connections")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if KNOWN and scope["type"] in DOOR_SCOPES:
            forgive_late_data(scope.get(SERVER_SEND, send))
        await self._app(scope, receive, send)


def forgive_late_data(send: Send) -> None:
    """Do so for the connection behind a `send` that is Hypercorn's own: `HTTPStream.app_send`, `WSStream.app_send`."""
    stream: Any = getattr(send, "__self__", None)
    protocol: Any = getattr(getattr(stream, "send", None), "__self__", None)
    if isinstance(protocol, H2Protocol) and not isinstance(protocol.streams, _Streams):
        protocol.streams = _Streams(protocol)


class _Streams(dict[int, Any]):
    """`H2Protocol.streams` with something in the place of each stream that is gone."""

    def __init__(self, protocol: H2Protocol) -> None:
        super().__init__(protocol.streams)
        self._protocol = protocol

    def __missing__(self, stream_id: int) -> _Gone:
        return _Gone(self._protocol, stream_id)


class _Gone:
    """Takes the events of an answered stream, and tells the client to stop (RFC 9113, 8.1)."""

    def __init__(self, protocol: H2Protocol, stream_id: int) -> None:
        self._protocol = protocol
        self._stream_id = stream_id

    async def handle(self, event: object) -> None:
        # What is still in a buffer would never arrive after a reset; then the data is only dropped.
        if isinstance(event, Body) and self._stream_id not in self._protocol.stream_buffers:
            try:
                self._protocol.connection.reset_stream(self._stream_id, ErrorCodes.NO_ERROR)
            except ProtocolError:
                logger.debug("stream %d was closed in the meantime", self._stream_id)
