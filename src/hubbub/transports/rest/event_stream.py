"""One stream of Server-Sent Events: what the hub sends, as text (WHATWG HTML, 9.2), bounded, with an end.

Knows no request: whoever serves it iterates over `chunks` and says how it is cut off.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.sockets.outbox import Outbox
from hubbub.contract.errors import HubbubError
from hubbub.contract.models import ServerRestarting
from hubbub.domain.changes import cursor_of
from hubbub.live.subscription import Encoder
from hubbub.transports.client import OVERFLOW, RESTART_AFTER_MS
from hubbub.transports.rest.listening import ListenLimits

RETRY = f"retry: {RESTART_AFTER_MS}\n\n".encode()
HEARTBEAT = b":\n\n"  # a comment, which clients pass over
# Beside the log, and of no use to whoever reads a log; a stream makes nobody hear of them.
_UNSENT = frozenset({"presence_changed", "typing_changed"})


class EventStream:
    """An outlet of the hub on one side, chunks of text on the other.

    When its outbox is full its changes are dropped, and what `overflow` gives takes their place. A chunk that is not
    taken in time, `stall_seconds`, or `farewell_seconds` once the stream is to end, has `cut` called.
    """

    def __init__(
        self,
        limits: ListenLimits,
        *,
        overflow: Callable[[], str],
        cut: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._limits = limits
        self._overflow = overflow
        self._cut = cut
        self._outbox = Outbox(max_packets=limits.outbox_events, max_bytes=limits.outbox_bytes)
        self._ended = False
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None  # runs while a chunk is on its way
        self._cutting: asyncio.Task[None] | None = None

    @property
    def waiting_bytes(self) -> int:
        """How much waits for the client."""
        return self._outbox.bytes

    def begin(self) -> None:
        """Let the time run in which the client must take something."""
        self._wait_for_client(self._limits.stall_seconds)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The stream as it is written: `retry` once, events as they come, a comment where there is silence."""
        chunk: bytes | None = RETRY
        while chunk is not None:
            self._wait_for_client(self._limits.farewell_seconds if self._ended else self._limits.stall_seconds)
            try:
                yield chunk
            finally:
                self._stop_waiting()
            chunk = await self._next()

    def leave(self) -> None:
        """Forget everything: nobody reads any more."""
        self._ended = True
        self._outbox.clear()
        self._stop_waiting()
        self._drained.set()
        self._wake.set()

    # --- what the hub calls ---

    transport = "events"

    @property
    def encode(self) -> Encoder:
        return encode_event

    @property
    def bundle(self) -> type[Bundle]:
        return Bundle

    def send(self, packet: str, key: str | None = None) -> None:
        if not packet or self._ended:
            return
        if not self._outbox.put(packet, key):
            self._make_room()
            if key is not None:
                self._outbox.put(packet, key)
        self._drained.clear()
        self._wake.set()

    def send_all(self, bundle: Bundle) -> None:
        if self._ended:
            return
        if not self._outbox.put_all(bundle):
            self._make_room()
        self._drained.clear()
        self._wake.set()

    async def writable(self) -> None:
        await self._drained.wait()

    async def taken(self) -> None:
        await self._drained.wait()

    def close(self, error: HubbubError) -> None:
        # No last word: whoever reconnects is told by the status, which `EventSource` takes for final.
        self._outbox.clear()
        self._end()

    # --- what the register calls ---

    def restart(self) -> None:
        notice = ServerRestarting(retry_after_ms=RESTART_AFTER_MS)
        self.send(encode_event("server_restarting", notice.model_dump_json()), "server_restarting")
        self._end()

    def _make_room(self) -> None:
        self._outbox.make_room()
        self._outbox.put(self._overflow(), OVERFLOW)

    def _end(self) -> None:
        """Let the stream end behind what waits, and soon, whether it is read or not."""
        self._ended = True
        self._drained.set()
        self._wake.set()
        if self._patience is not None:
            self._wait_for_client(self._limits.farewell_seconds)

    async def _next(self) -> bytes | None:
        """The next chunk; None at the end."""
        while not self._outbox:
            self._drained.set()
            if self._ended:
                return None
            self._wake.clear()
            try:
                async with asyncio.timeout(self._limits.heartbeat_seconds):
                    await self._wake.wait()
            except TimeoutError:
                return HEARTBEAT
        chunk = bytearray()
        while self._outbox and len(chunk) < self._limits.chunk_bytes:
            packet = self._outbox.take()
            chunk += packet.encode() if isinstance(packet, str) else packet
        return bytes(chunk)

    def _wait_for_client(self, seconds: float) -> None:
        self._stop_waiting()
        self._patience = asyncio.get_running_loop().call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        self._cutting = asyncio.get_running_loop().create_task(self._cut(), name="cut off an event stream")


def encode_event(event: str, payload: str) -> str:
    """One event; its id is the cursor, where there is one. JSON has no line breaks outside of escapes."""
    if event in _UNSENT:
        return ""
    cursor = cursor_of(payload) or json.loads(payload).get("cursor")
    place = f"id: {cursor}\n" if cursor else ""
    return f"{place}event: {event}\ndata: {payload}\n\n"
