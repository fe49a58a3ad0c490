"""What a server thinks of what h2 tells it: which requests cannot be read, and what a client asks for nothing.

Knows neither Hypercorn nor a connection.
"""

from __future__ import annotations

from h2.events import (
    DataReceived,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    StreamReset,
    UnknownFrameReceived,
)

# A stream that ends by a reset, whoever's (CVE-2023-44487, CVE-2025-8671), had its request begun for nothing.
RESET_COST = 1.0
FRAME_COST = 0.05
BAD_REQUEST, NOT_IMPLEMENTED = 400, 501


def refusal_of(headers: list[tuple[bytes, bytes]]) -> int | None:
    """The status for a request that Hypercorn would fall over; None for any other.

    It takes every CONNECT for a websocket and needs its path, and both method and path have to be ASCII.
    """
    pseudo = {name: value for name, value in headers if name.startswith(b":")}
    method, path = pseudo[b":method"], pseudo.get(b":path", b"")
    if method.upper() == b"CONNECT" and not (method == b"CONNECT" and pseudo.get(b":protocol") == b"websocket"):
        return NOT_IMPLEMENTED  # a proxy's (RFC 9113, 8.5), or another protocol (RFC 8441, 4; RFC 9220, 3)
    return None if method.isascii() and path.isascii() and path else BAD_REQUEST


_COSTS: dict[type, float] = {
    StreamReset: RESET_COST,
    PingReceived: FRAME_COST,
    PriorityUpdated: FRAME_COST,
    RemoteSettingsChanged: FRAME_COST,
    UnknownFrameReceived: FRAME_COST,
}


def cost_of(event: object) -> float:
    """What an event takes of the patience with its connection; what brings a request or a part of it is free."""
    if isinstance(event, DataReceived):
        return 0.0 if event.data else FRAME_COST
    return _COSTS.get(type(event), 0.0)
