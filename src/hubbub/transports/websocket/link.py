"""One WebSocket as ASGI has it: always read, written from a bounded outbox, kept alive, ended in bounded time.

    OPEN ──close()──▶ CLOSING: what waits is written, then the close ──disconnect, or cut off──▶ OVER

Knows no chat: what comes in goes to a `Listener`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from hubbub.composite.hypercorn_frames import BREACHES, show_hidden_frames
from hubbub.composite.hypercorn_streams import CLOSE_TOO_BIG, cut_stream, forget_handshake
from hubbub.composite.hypercorn_writes import direct_writes
from hubbub.composite.scopes import SERVER_SEND
from hubbub.composite.sockets.departure import Departure
from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.flag import Flag
from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.sockets.heartbeat import Heartbeat, Later, Timer, loop_later
from hubbub.composite.sockets.outbox import Outbox
from hubbub.composite.types import Receive, Scope, Send
from hubbub.transports.client import OVERFLOW
from hubbub.transports.websocket.close_codes import INTERNAL, TRY_AGAIN
from hubbub.transports.websocket.limits import WebSocketLimits

log = logging.getLogger(__name__)

NO_PONG = "no pong came"
NEVER_READ = "the outbox was full of answers"
CUT_SECONDS = 0.5  # for a stream to end, and for the server to notice; after that nobody waits for it


class Listener(Protocol):
    """Who hears of a link; everything is synchronous and must not block."""

    def received(self, text: str | None) -> None:
        """A message came; None is a binary one."""
        ...

    def broken(self, code: int) -> None:
        """The client broke the WebSocket protocol, or sent a message above every bound; to be answered by a close."""
        ...

    def overflowed(self) -> str:
        """Events were dropped; the frame that takes their place."""
        ...


class Link:
    """Sending is synchronous and cheap: a frame is queued, never awaited."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, limits: WebSocketLimits, *, later: Later = loop_later
    ) -> None:
        self.scope = scope
        self.limits = limits
        self.later = later
        self.is_closing = False
        self.empty = Flag(is_set=True)  # everything was taken, or nothing ever will be
        self._receive, self._send = receive, send
        self._server_send: Send = scope.get(SERVER_SEND, send)
        self._outbox = Outbox(max_packets=limits.outbox_frames, max_bytes=limits.outbox_bytes)
        self._answers = 0  # so far
        self._listener: Listener
        self._wake = Flag()
        self._over = Flag()
        self._close: tuple[int, str] = (INTERNAL, "")
        self._is_heard = True  # after some breaches nothing more can be
        self._ping_due = False
        self._patience: Timer | None = None
        self._cutting: asyncio.Task[None] | None = None
        self._departure: Departure | None = None  # where frames leave without `_wake`
        self._frames = show_hidden_frames(self._server_send, self._pong)
        self._heartbeat = Heartbeat(
            interval=limits.ping_interval_seconds,
            timeout=limits.ping_timeout_seconds,
            ping=self._want_ping,
            expire=self._expire,
            later=later,
        )

    @property
    def waiting_bytes(self) -> int:
        """How much waits for the client."""
        return self._outbox.bytes

    @property
    def waiting_packets(self) -> int:
        """How many frames wait."""
        return len(self._outbox)

    def take_within(self, room: int) -> list[Encoded | Bundle]:
        """What is next, for a transport that sends it at once: as much as fits into so many bytes as frames."""
        taken = self._outbox.take_within(room)
        if not self._outbox:
            self.empty.set()
        return taken

    def send_event(self, frame: str, key: str | None = None) -> None:
        """Queue an event, in place of one of the same key.

        Where there is no room for it, events without a key are dropped for what the listener says instead.
        """
        if self.is_closing:
            return
        if not self._outbox.put(frame, key):
            self._make_room()
            if key is not None:
                self._put_or_give_up(frame, key)
        self._changed()

    def send_events(self, bundle: Bundle) -> None:
        """Queue events without keys, as `send_event` would one after another; where not all fit, all are dropped."""
        if self.is_closing:
            return
        if not self._outbox.put_all(bundle):
            self._make_room()
        self._changed()

    def send_answer(self, frame: str) -> None:
        """Queue an answer; it is never dropped for events.  A client that never reads its answers is let go."""
        if self.is_closing:
            return
        self._answers += 1
        key = f"answer {self._answers}"
        if not self._outbox.put(frame, key):
            self._make_room()
            self._put_or_give_up(frame, key)
        self._changed()

    async def drained(self) -> None:
        """Wait until everything was taken, or nothing ever will be."""
        await self.empty.wait()

    def close(self, code: int, reason: str) -> None:
        """End it, after what waits; again changes nothing."""
        self._begin_close(code, reason, self.limits.close_seconds)

    async def run(self, listener: Listener) -> None:
        """Accept the WebSocket, and carry it until it is over."""
        self._listener = listener
        await self._send({"type": "websocket.accept"})
        forget_handshake(self._server_send)
        writes = direct_writes(self._server_send)
        if writes is not None:
            self._departure = Departure(writes, self, self._wake.set)
        self._heartbeat.start()
        if self._frames is None:
            self._heartbeat.stop()
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        try:
            await self._over.wait()
        finally:
            self.is_closing = True
            self._heartbeat.stop()
            if self._patience is not None:
                self._patience.cancel()
            if self._cutting is not None:
                tasks.append(self._cutting)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._outbox.clear()
            self.empty.set()

    async def wait_over(self) -> None:
        """Wait until it is over."""
        await self._over.wait()

    async def _read(self) -> None:
        """Never waits but for the client: Hypercorn's queue is short, and over HTTP/2 others wait behind it."""
        while True:
            message = await self._receive()
            try:
                if message["type"] == "websocket.receive":
                    if not self.is_closing:
                        self._listener.received(message.get("text"))
                elif message.get("code") in BREACHES:
                    self._broken(message["code"])
                else:
                    self._over.set()
                    return
            except Exception:
                log.exception("a frame could not be handled")
                self.close(INTERNAL, "internal")

    async def _write(self) -> None:
        try:
            while await self._write_next():
                pass
        except OSError:
            log.debug("a client was gone before it took its frames")
        except Exception:
            log.exception("a frame could not be written")
        finally:
            self._drop_outbox()

    async def _write_next(self) -> bool:
        """Write one frame, or wait for one that does not leave by the short way; False when the last was written."""
        if self._departure is not None:
            self._departure.held = True
        if self._ping_due and self._frames is not None and not self.is_closing:
            self._ping_due = False
            await self._frames.ping()
            self._heartbeat.ping_taken()
        elif self._outbox:
            await self._send({"type": "websocket.send", "text": str(self._outbox.take())})
            if not self._outbox:
                self.empty.set()
        elif self.is_closing:
            code, reason = self._close
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
            if not self._is_heard:
                self._over.set()
            return False
        else:
            self._wake.clear()
            if self._departure is not None:
                self._departure.held = False
            await self._wake.wait()
        return True

    def _begin_close(self, code: int, reason: str, patience: float) -> None:
        if self.is_closing:
            return
        self.is_closing = True
        self._close = code, reason
        self._heartbeat.stop()
        self._patience = self.later(patience, self._cut)
        self._wake.set()

    def _broken(self, code: int) -> None:
        self._is_heard = self._is_heard and code == CLOSE_TOO_BIG
        if not self.is_closing:
            self._listener.broken(code)

    def _make_room(self) -> None:
        self._outbox.make_room()
        self._put_or_give_up(self._listener.overflowed(), OVERFLOW)

    def _put_or_give_up(self, frame: str, key: str) -> None:
        if not self.is_closing and not self._outbox.put(frame, key):
            self._give_up(NEVER_READ)

    def _give_up(self, reason: str) -> None:
        """Close without what waits: the client does not take it."""
        self._drop_outbox()
        self._begin_close(TRY_AGAIN, reason, self.limits.farewell_seconds)

    def _drop_outbox(self) -> None:
        self._outbox.clear()
        self.empty.set()

    def _changed(self) -> None:
        if self._outbox:
            self.empty.clear()
        if self._departure is not None:
            self._departure.soon()
        else:
            self._wake.set()

    def _want_ping(self) -> None:
        self._ping_due = True
        self._wake.set()

    def _pong(self) -> None:
        self._heartbeat.pong()

    def _expire(self) -> None:
        log.info("a client does not answer: its connection is closed")
        self._give_up(NO_PONG)

    def _cut(self) -> None:
        """The client did not take the close, or did not answer it."""
        self._cutting = asyncio.get_running_loop().create_task(self._cut_off(), name="cut a WebSocket off")

    async def _cut_off(self) -> None:
        await cut_stream(self._server_send, CUT_SECONDS)
        try:
            async with asyncio.timeout(CUT_SECONDS):
                await self._over.wait()
        except TimeoutError:
            self._over.set()
