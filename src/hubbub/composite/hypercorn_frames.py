"""The frames of a websocket that ASGI does not show: pings, pongs, and what breaks the protocol.

One of the fences around Hypercorn. Read in Hypercorn 0.18.0 and wsproto 1.3: Hypercorn's own pings
(`websocket_ping_interval`) ask for no pong, and what breaks the protocol ends the connection without a word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

from hubbub.composite.hypercorn_streams import CLOSE_TOO_BIG, KNOWN
from hubbub.composite.types import Send

# What an application hears as the code of `websocket.disconnect` while the client is still there to be told why.
CLOSE_PROTOCOL_ERROR = 1002  # RFC 6455, 7.4.1, as all of these
CLOSE_INVALID_DATA = 1007
BREACHES = frozenset({CLOSE_PROTOCOL_ERROR, CLOSE_INVALID_DATA, CLOSE_TOO_BIG})

if KNOWN:
    from hypercorn.protocol.ws_stream import WSStream
    from wsproto.connection import Connection, ConnectionState, ConnectionType
    from wsproto.events import CloseConnection, Event, Ping, Pong


class HiddenFrames:
    """The hidden side of one websocket; `pong` is called for each pong that comes."""

    def __init__(self, stream: Any, pong: Callable[[], None]) -> None:
        self._stream = stream
        self._pong = pong
        self._telling: asyncio.Future[None] | None = None

    async def ping(self) -> None:
        """Send a ping; returns when the transport has taken it."""
        await self._stream._send_wsproto_event(Ping())

    def heard_pong(self) -> None:
        """A pong came."""
        self._pong()

    def broken(self, code: int) -> None:
        """The client broke the protocol: the application hears of it and closes."""
        # A task, because the application's queue may be full and the reader of the connection is here.
        message = {"type": "websocket.disconnect", "code": code}
        self._telling = asyncio.ensure_future(self._stream.app_put(message))


def show_hidden_frames(send: Send, pong: Callable[[], None]) -> HiddenFrames | None:
    """Make the hidden frames of a websocket known, before it is accepted; None behind a server that is not known.

    From here on a breach (one of `BREACHES`) reaches the application as a disconnect at which nothing has been closed:
    it still may send, and has to close. After 1002 and 1007 nothing more is heard of the client, its answer included.
    """
    stream: Any = getattr(send, "__self__", None)
    if not KNOWN or not isinstance(stream, WSStream):
        return None
    frames = HiddenFrames(stream, pong)
    if hasattr(stream.buffer, "closes"):
        stream.buffer.closes = False
    accept = stream.handshake.accept

    def accept_watched(*arguments: Any) -> tuple[int, list[tuple[bytes, bytes]], Any]:
        status, headers, _ = accept(*arguments)
        return status, headers, _WatchedConnection(frames)

    stream.handshake.accept = accept_watched  # type: ignore[method-assign, assignment]
    return frames


if KNOWN:

    class _WatchedConnection(Connection):
        """wsproto's, without extensions, that tells of pongs and breaches."""

        def __init__(self, frames: HiddenFrames) -> None:
            self._frames = frames
            self._is_broken = False
            super().__init__(ConnectionType.SERVER)

        def receive_data(self, data: bytes | None) -> None:
            if not self._is_broken:
                super().receive_data(data)

        def events(self) -> Generator[Event, None, None]:
            if self._is_broken:
                return
            for event in super().events():
                if isinstance(event, Pong):
                    self._frames.heard_pong()
                elif isinstance(event, CloseConnection) and self.state is ConnectionState.OPEN:
                    # wsproto could not parse what came; a frame that closes would have changed the state.
                    self._is_broken = True
                    self._frames.broken(int(event.code))
                    return
                else:
                    yield event
