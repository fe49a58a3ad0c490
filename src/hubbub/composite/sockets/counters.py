"""What the socket layer counts, as plain numbers for whoever publishes them; knows no metrics library."""

from __future__ import annotations

from dataclasses import dataclass, field

POLLING = "polling"
WEBSOCKET = "websocket"


@dataclass(slots=True)
class SocketCounters:
    """Sums since the start, except `sessions`, which is now."""

    sessions: dict[str, int] = field(default_factory=lambda: {POLLING: 0, WEBSOCKET: 0})  # {transport: open now}
    opened: int = 0
    upgraded: int = 0
    joined: int = 0  # CONNECT packets that were accepted
    refused: int = 0  # CONNECT packets that were answered with CONNECT_ERROR
    turned_away: int = 0  # handshakes answered with 503
    packets_in: int = 0  # Engine.IO packets
    packets_out: int = 0
    overflows: int = 0  # outboxes that were dropped
    busy: int = 0  # packets for which the inbox had no room: events answered at once, or the end of the session
    failed: int = 0  # hooks that raised
    malformed: int = 0  # packets that closed their session
    timed_out: int = 0  # sessions closed because no pong came
