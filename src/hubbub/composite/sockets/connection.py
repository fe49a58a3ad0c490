"""One client in one namespace, as the application sees it. Knows neither packets on the way in nor transports."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple, Protocol
from urllib.parse import parse_qs

from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.flag import Flag
from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.outbox import Outbox
from hubbub.composite.sockets.socket_packets import encode_connect, encode_disconnect, encode_event
from hubbub.composite.types import Scope


class Phase(Enum):
    """Where a connection is in its life."""

    JOINING = auto()  # the connect hook runs; what is sent waits for the CONNECT packet
    JOINED = auto()
    LEFT = auto()


_JOINED = Phase.JOINED  # looked at for each packet, see `session`


class Depth(NamedTuple):
    """How much waits to be sent."""

    packets: int
    bytes: int


class Link(Protocol):
    """What carries a connection's packets; several namespaces may share one."""

    scope: Scope
    empty: Flag  # set while nothing waits

    @property
    def transport(self) -> str:
        """`polling` or `websocket`."""
        ...

    @property
    def waiting_packets(self) -> int:
        """Packets not yet taken."""
        ...

    @property
    def waiting_bytes(self) -> int:
        """Their bytes."""
        ...

    def send(self, packet: Encoded, key: str | None = None) -> None:
        """Queue a packet, in place of one of the same key."""
        ...

    def send_all(self, bundle: Bundle) -> None:
        """Queue packets without keys."""
        ...

    def send_control(self, packet: Encoded) -> None:
        """Queue a packet of the protocol itself, before all others."""
        ...

    def replace(self, packet: Encoded) -> None:
        """Queue a packet instead of all that wait."""
        ...

    def close(self, reason: str) -> None:
        """End the link once what waits was taken, or soon."""
        ...


class SocketConnection:
    """Sending is synchronous and cheap: a packet is queued, never awaited.

    `id` is the Socket.IO session id that the client knows. What is sent inside the connect hook leaves after the
    CONNECT packet, or never if the hook refuses.
    """

    __slots__ = ("_held", "_limits", "_link", "_lost", "_overflow", "id", "namespace", "phase")

    def __init__(
        self, link: Link, namespace: str, *, limits: SocketLimits, overflow: Callable[[SocketConnection], None]
    ) -> None:
        self.id = ""  # known when the connect hook starts
        self.namespace = namespace
        self.phase = Phase.JOINING
        self._link = link
        self._overflow = overflow
        self._lost = False  # more was held than an outbox takes
        self._limits = limits
        self._held: Outbox | None = None  # made for the first packet that is held

    @property
    def scope(self) -> Scope:
        """The ASGI scope of the handshake; `composite.scopes` and `composite.addresses` read it."""
        return self._link.scope

    @property
    def query(self) -> dict[str, list[str]]:
        """The query of the handshake."""
        return parse_qs(self.scope.get("query_string", b"").decode("latin-1"))

    @property
    def transport(self) -> str:
        """`polling` or `websocket`, as it is now."""
        return self._link.transport

    @property
    def is_open(self) -> bool:
        """Whether what is sent now may still arrive."""
        return self.phase is not Phase.LEFT

    @property
    def outbox(self) -> Depth:
        """How much waits for this client, in all its namespaces."""
        held = self._held
        packets, size = (0, 0) if held is None else (len(held), held.bytes)
        return Depth(self._link.waiting_packets + packets, self._link.waiting_bytes + size)

    def emit(self, event: str, payload_json: str) -> None:
        """Send an event with one argument, given as JSON text."""
        self.send_encoded(encode_event(event, payload_json, self.namespace))

    def send_encoded(self, packet: Encoded, key: str | None = None) -> None:
        """Send what `encode_event` made for this namespace; nothing happens if the connection is gone.

        With a key it takes the place of what waits with the same one, and an overflow leaves it: for what says how
        something is now, and would not be said again. Keys are shared by all namespaces of a session.
        """
        if self.phase is Phase.JOINED:
            self._link.send(packet, key)
        elif self.phase is Phase.JOINING:
            self._hold(packet)

    def send_all(self, bundle: Bundle) -> None:
        """Send packets that `encode_event` made for this namespace; the bundle can be that of many connections."""
        if self.phase is _JOINED:
            self._link.send_all(bundle)
        elif self.phase is Phase.JOINING:
            for packet in bundle:
                self._hold(packet)

    def replace_outbox(self, packet: Encoded) -> None:
        """Send this instead of everything that waits, acknowledgements included."""
        if self.phase is Phase.JOINED:
            self._link.replace(packet)
        elif self.phase is Phase.JOINING:
            self._held = None
            self._hold(packet)

    def accept(self) -> None:
        """Send the CONNECT packet now, and what was held for it, instead of when the connect hook returns.

        For hooks that send more than an outbox holds: `drained` works from here on. A hook that refuses
        afterwards disconnects the client.
        """
        if self.phase is not Phase.JOINING:
            return
        self.phase = Phase.JOINED
        self._link.send_control(encode_connect(self.namespace, self.id))
        held, self._held = self._held, None
        while held:
            self._link.send(held.take())
        if self._lost:
            self._overflow(self)

    async def drained(self) -> bool:
        """Wait until everything was taken; `False` if the connection ended first.

        Raises:
            RuntimeError: the connection was not accepted yet, so nothing leaves.
        """
        if self.phase is Phase.JOINING:
            raise RuntimeError("call accept() first: packets of a connect hook leave after the CONNECT packet")
        await self._link.empty.wait()
        return self.is_open

    def close(self, reason: str, *, reconnect: bool = True) -> None:
        """End the client's whole session after what waits; the disconnect hook gets the reason.

        With `reconnect=False` the client is told to go, and the official one does not come back by itself.
        """
        if not reconnect and self.phase is Phase.JOINED:
            self._link.send(encode_disconnect(self.namespace))
        self._link.close(reason)

    def _hold(self, packet: Encoded) -> None:
        if self._held is None:
            self._held = Outbox(max_packets=self._limits.outbox_packets, max_bytes=self._limits.outbox_bytes)
        if not self._held.put(packet):
            self._held.clear()
            self._lost = True
