"""One Engine.IO session: its state, its heartbeat, what waits to be sent. Knows neither ASGI nor Socket.IO.

    OPEN ──close(flush)──▶ CLOSING ──everything was taken, or close_seconds passed──▶ CLOSED
    OPEN ──close(no flush)────────────────────────────────────────────────────────▶ CLOSED

The transports wait on `wake` and look at the state whenever it is set; the listener hears of each step at once.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from hubbub.composite.sockets import engine_packets as engine
from hubbub.composite.sockets.counters import POLLING, WEBSOCKET, SocketCounters
from hubbub.composite.sockets.departure import Departure
from hubbub.composite.sockets.engine_packets import Encoded, EnginePacket, MalformedPacket, RefusedPacket
from hubbub.composite.sockets.flag import Flag
from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.sockets.heartbeat import Heartbeat, Later, Timer, loop_later
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.outbox import Outbox
from hubbub.composite.types import Scope

# Why a session ended; the first five are python-engineio's words, applications compare with them.
SERVER_DISCONNECT = "server disconnect"
CLIENT_DISCONNECT = "client disconnect"
PING_TIMEOUT = "ping timeout"
TRANSPORT_CLOSE = "transport close"
TRANSPORT_ERROR = "transport error"
PARSE_ERROR = "parse error"  # the reference server's word
NEVER_READ = "outbox full"
TOO_FAST = "messages came faster than they were handled"

CLOSE_NORMAL = 1000  # RFC 6455, 7.4.1


class State(Enum):
    """Where a session is in its life."""

    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


_OPEN = State.OPEN  # looked at for each packet: a member of an enumeration takes as long to find as a call


class SessionListener(Protocol):
    """Who hears of a session. Everything but the opening is synchronous and must not block."""

    async def session_opening(self, session: EngineSession) -> str | None:
        """Before the handshake is answered: `None` to accept, or why not."""
        ...

    def session_received(self, session: EngineSession, data: Encoded) -> None:
        """A message came. Raises `RefusedPacket` if it breaks the protocol above, or if there is no room for it."""
        ...

    def session_overflowed(self, session: EngineSession) -> None:
        """The outbox was full and has room again; what is sent from here takes the place of what was dropped."""
        ...

    def session_closed(self, session: EngineSession, reason: str) -> None:
        """The session ended, once."""
        ...

    def ended_session(self, sid: str) -> EngineSession | None:
        """A session that ended and whose end was not handled yet."""
        ...


class EngineSession:
    """A client with a session id, on whichever transport it has at the moment."""

    __slots__ = (
        "_counters",
        "_forget",
        "_grace",
        "_heartbeat",
        "_later",
        "_listener",
        "_outbox",
        "_overflowing",
        "close_code",
        "delivering",
        "departure",
        "empty",
        "farewell",
        "interrupt",
        "last_answer",
        "limits",
        "next_poll",
        "poll_over",
        "polling",
        "posting",
        "probed",
        "scope",
        "session",
        "sid",
        "state",
        "transport",
        "upgrading",
        "wake",
    )

    def __init__(
        self,
        sid: str,
        scope: Scope,
        *,
        transport: str,
        limits: SocketLimits,
        counters: SocketCounters,
        listener: SessionListener,
        forget: Callable[[str], object],
        later: Later = loop_later,
    ) -> None:
        self.sid = sid
        self.scope = scope  # of the handshake; an upgrade keeps it
        self.transport = transport
        self.limits = limits
        self.state = State.OPEN
        self.farewell = engine.CLOSE  # what a poll in flight gets when the session is dropped
        self.close_code = CLOSE_NORMAL  # and what a WebSocket gets
        self.session: dict[str, object] = {}  # {namespace: what the library's save_session keeps}
        self.wake = Flag()  # something changed for whoever sends
        self.empty = Flag(is_set=True)  # everything was taken, or nothing ever will be
        self.polling = self.posting = False  # a GET, a POST is being served
        self.delivering = self.next_poll = False  # a GET is answered; another came meanwhile
        self.poll_over = Flag()  # no GET is being served
        # (mark of a GET, its answer), until the next one says that it arrived: as much as the answer was on its way
        self.last_answer: tuple[str, bytes] | None = None
        self.upgrading = self.probed = False  # a WebSocket is on its way; it has shown itself
        self.departure: Departure | None = None  # where what waits leaves without `wake`
        self.interrupt: Callable[[], None] | None = None  # ends a WebSocket whose client does not read
        self._outbox = Outbox(max_packets=limits.outbox_packets, max_bytes=limits.outbox_bytes)
        self._overflowing = False
        self._counters = counters
        self._listener = listener
        self._forget = forget
        self._later = later
        self._grace: Timer | None = None
        self._heartbeat = Heartbeat(
            interval=limits.ping_interval_seconds,
            timeout=limits.ping_timeout_seconds,
            ping=self._send_ping,
            expire=self._expire,
            later=later,
        )
        counters.opened += 1
        counters.sessions[transport] += 1

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent or received."""
        return self.state is not State.OPEN

    @property
    def upgraded(self) -> bool:
        """Whether the transport is WebSocket."""
        return self.transport == WEBSOCKET

    # Sending.

    @property
    def waiting_packets(self) -> int:
        """Packets that no transport has taken yet."""
        return len(self._outbox)

    @property
    def waiting_bytes(self) -> int:
        """Their bytes, without those of the protocol itself."""
        return self._outbox.bytes

    def start(self) -> None:
        """Start the heartbeat: the handshake is on its way."""
        self._heartbeat.start()

    def send(self, packet: Encoded, key: str | None = None) -> None:
        """Queue a packet, in place of one of the same key; when it does not fit, what has none is dropped first.

        The listener is told of that and says something instead. Where that does not fit either, the session ends.
        """
        if self.state is not State.OPEN:
            return
        if not self._outbox.put(packet, key):
            self._overflow()
            if key is None or self.closed:
                return
            if not self._outbox.put(packet, key):
                self.close(NEVER_READ, flush=False)
                return
        self._changed()

    def send_all(self, bundle: Bundle) -> None:
        """Queue packets without keys, as `send` would one after another; those that do not all fit are all dropped.

        Where nothing waits and nobody would have to, they leave at once.
        """
        if self.state is not _OPEN:
            return
        departure = self.departure
        if departure is not None and not self._outbox.packets and departure.now(bundle):
            self._counters.packets_out += len(bundle)
        elif self._outbox.put_all(bundle):
            self._changed()
        else:
            self._overflow()

    def send_control(self, packet: Encoded) -> None:
        """Queue a packet of the protocol, before all others; it survives an overflow."""
        if self.state is not State.OPEN:
            return
        if self._outbox.put_control(packet):
            self._changed()
        else:
            self.close(NEVER_READ, flush=False)

    def replace(self, packet: Encoded) -> None:
        """Drop what waits and queue this instead."""
        self._outbox.clear()
        self._changed()
        self.send(packet)

    def take(self) -> Encoded:
        """The next packet, for a transport that is about to send it; `waiting_packets` says whether there is one."""
        packet = self._outbox.take()
        self._counters.packets_out += 1
        if packet == engine.PING:
            self._heartbeat.ping_taken()
        if not self._outbox:
            self.empty.set()
        return packet

    def take_within(self, room: int) -> list[Encoded | Bundle]:
        """What is next, for a transport that sends it at once: as much as fits into so many bytes as frames."""
        waiting = len(self._outbox)
        taken = self._outbox.take_within(room)
        if taken:
            self._counters.packets_out += waiting - len(self._outbox)
            if engine.PING in taken:
                self._heartbeat.ping_taken()
            if not self._outbox:
                self.empty.set()
        return taken

    def take_poll(self) -> list[Encoded]:
        """What a poll is to be answered with now; empty when it is to go on waiting. The rest is for the next one."""
        if self.state is State.CLOSED:
            return [self.farewell]
        if self.probed:
            return [engine.NOOP]
        packets = [self.take() for _ in range(min(self.waiting_packets, self.limits.poll_packets))]
        if not packets and self.state is State.CLOSING:
            # In a poll of its own: the official client acts on CLOSE before the messages that come with it.
            self.finish()
            return [engine.CLOSE]
        return packets

    def put_back(self, packets: list[Encoded]) -> None:
        """Return packets of a poll that nobody heard."""
        if self.state is State.OPEN:
            self._outbox.put_back(packets)
            self._counters.packets_out -= len(packets)
            self._changed()

    # Receiving.

    def receive(self, packet: EnginePacket) -> None:
        """Act on a packet of the client.

        Raises:
            RefusedPacket: no client may send this, or not now.
        """
        if self.state is not State.OPEN:
            return
        self._counters.packets_in += 1
        if packet.kind == engine.MESSAGE:
            self._listener.session_received(self, packet.data)
        elif packet.kind == engine.PONG:
            self._heartbeat.pong()
        elif packet.kind == engine.CLOSE:
            self.close(CLIENT_DISCONNECT, flush=False, farewell=engine.NOOP)
        else:
            raise MalformedPacket("only servers send this packet")

    def refuse(self, error: RefusedPacket) -> None:
        """Close because of what the client sent."""
        is_malformed = isinstance(error, MalformedPacket)
        self._counters.malformed += is_malformed
        self._counters.busy += not is_malformed
        self.close_code = error.close_code
        self.close(PARSE_ERROR if is_malformed else TOO_FAST, flush=False)

    # The transport's own events.

    def poll_dropped(self) -> None:
        """The connection of a waiting poll is gone; the client may come back with another for a short while."""
        if self.state is State.OPEN and self._grace is None:
            self._grace = self._later(self.limits.repoll_seconds, self._never_came_back)

    def came_back(self) -> None:
        """The client whose poll may have dropped is here."""
        if self.state is State.OPEN:
            self._cancel_grace()

    def upgrade(self) -> None:
        """The WebSocket has taken over from polling, even if it is only to send the rest."""
        self.came_back()
        self._counters.upgraded += 1
        self._counters.sessions[POLLING] -= 1
        self._counters.sessions[WEBSOCKET] += 1
        self.transport = WEBSOCKET
        self.upgrading = self.probed = False
        self.last_answer = None
        self.wake.set()

    # The end.

    def close(self, reason: str, *, flush: bool = True, farewell: str = engine.CLOSE) -> None:
        """End the session; with `flush` the client is offered what waits for `close_seconds`."""
        self._end(reason, farewell)
        if not flush:
            self.finish()
        elif self.state is State.CLOSING and self._grace is None:
            self._grace = self._later(self.limits.close_seconds, self.finish)

    def finish(self) -> None:
        """Drop what is left of the session."""
        self._end(TRANSPORT_CLOSE, engine.CLOSE)
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self._cancel_grace()
        self._outbox.clear()
        self.last_answer = None
        self._counters.sessions[self.transport] -= 1
        self._forget(self.sid)
        self.wake.set()
        self.empty.set()
        if self.interrupt is not None:
            self.interrupt()

    def _end(self, reason: str, farewell: str) -> None:
        """Tell whoever must know, once."""
        if self.state is not State.OPEN:
            return
        self.state = State.CLOSING
        self.farewell = farewell
        self._heartbeat.stop()
        self._cancel_grace()
        self.wake.set()
        self._listener.session_closed(self, reason)

    def _changed(self) -> None:
        if self._outbox:
            self.empty.clear()
        else:
            self.empty.set()
        if self.departure is None:
            self.wake.set()
        else:
            self.departure.soon()

    def _overflow(self) -> None:
        if self._overflowing:  # not even what the listener sends instead fits
            self.close(NEVER_READ, flush=False)
            return
        self._counters.overflows += 1
        self._outbox.make_room()
        self._changed()
        self._overflowing = True
        try:
            self._listener.session_overflowed(self)
        finally:
            self._overflowing = False

    def _send_ping(self) -> None:
        self.send_control(engine.PING)

    def _expire(self) -> None:
        self._counters.timed_out += 1
        self.close(PING_TIMEOUT, flush=False)

    def _never_came_back(self) -> None:
        self.close(TRANSPORT_CLOSE, flush=False)

    def _cancel_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
