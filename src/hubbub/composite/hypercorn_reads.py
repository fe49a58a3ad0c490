"""Reading messages of a websocket straight from Hypercorn's connection; one of the fences around it.

Read in Hypercorn 0.18.0 and wsproto 1.3: a frame goes through wsproto, three objects for each, then a queue, and with
the next turn of the loop to the task that waits in `receive`. What is read here does not: whole messages that nothing
came before are handed on at once. Everything else goes as it always did, and so does what comes behind it.

Behind another server, or an unknown version, there is no such way; `mend_http2` says so in the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from hubbub.composite.hypercorn_writes import KNOWN, Http2Writes, direct_writes
from hubbub.composite.types import Send
from hubbub.composite.whole_frames import read_messages

if KNOWN:
    from hypercorn.protocol.events import Body
    from hypercorn.protocol.ws_stream import ASGIWebsocketState
    from wsproto.connection import ConnectionState

    _CONNECTED, _OPEN = ASGIWebsocketState.CONNECTED, ConnectionState.OPEN

Give = Callable[[str | bytes], None]


def read_directly(send: Send | None, give: Give) -> None:
    """Hand each message of an accepted websocket to `give`, which must neither raise nor block, where that can be.

    `send` is Hypercorn's own. What cannot be handed on comes by `receive`; the order is the client's, as long as
    whoever waits there handles a message before it waits again.
    """
    writes = direct_writes(send)
    if writes is None:
        return
    stream: Any = getattr(send, "__self__", None)
    reads = DirectReads(stream, give)
    if isinstance(writes, Http2Writes):
        stream.handle = partial(_handle, reads, stream.handle)
    else:
        stream.send.__self__.take = reads.take


class DirectReads:
    """One websocket."""

    __slots__ = ("_give", "_stream")

    def __init__(self, stream: Any, give: Give) -> None:
        self._stream = stream
        self._give = give

    def take(self, data: bytes) -> bool:
        """Hand on the messages that the data is; `False`, and nothing was done, where it is not that simple."""
        if not self._is_between_messages():
            return False
        messages = read_messages(data)
        if messages is None or max(map(len, messages)) > self._stream.buffer.max_length:
            return False
        for message in messages:
            self._give(message)
        return True

    def _is_between_messages(self) -> bool:
        """Whether the websocket is open and all that came before has been handed on."""
        stream = self._stream
        connection = stream.connection
        frames, messages = connection._proto._frame_decoder, connection._proto._message_decoder
        return (
            not stream.closed
            and stream.state is _CONNECTED
            and connection._state is _OPEN
            and frames.header is None
            and not frames.buffer.buffer
            and messages.opcode is None
            and stream.app_put.__self__.empty()
        )


async def _handle(reads: DirectReads, handle: Callable[[Any], Awaitable[None]], event: Any) -> None:
    if not isinstance(event, Body) or not reads.take(event.data):
        await handle(event)
