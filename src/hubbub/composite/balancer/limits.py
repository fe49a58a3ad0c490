"""How much a balancer holds and how long it waits; times in seconds, sizes in bytes, for one target unless said."""

from __future__ import annotations

from dataclasses import dataclass, fields

KIBIBYTES = 1024
MEBIBYTES = 1024 * KIBIBYTES

READ_BYTES = 64 * KIBIBYTES  # what is read at once, and half of what asyncio keeps before it stops reading
CLOSE_SECONDS = 1.0  # for an upstream to answer the close of a WebSocket; nobody waits for it any more
KEY_CHARS = 256  # of what affinity goes by; whoever has a longer cookie or header is served without
BINDINGS = 65_536  # remembered by one affinity, some 15 MB; the least recently used go first
SNIFFED_BYTES = 1 * KIBIBYTES  # of the answer to an Engine.IO handshake: its sid stands in the first hundred


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a target may take for each step.

    Raises:
        ValueError: one of them is not positive.
    """

    connect: float = 2.0  # on one host or one network; more is an outage
    response_head: float = 60.0  # from the end of the request to the head: a long poll is the longest that is meant
    idle: float = 60.0  # between two pieces of a body, either way; event streams say something more often

    def __post_init__(self) -> None:
        _require_positive(self)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a balancer holds.

    Raises:
        ValueError: one of them is not positive.
    """

    in_flight: int = 1_000  # exchanges, WebSockets included; a target that has as many gets no more
    kept_connections: int = 32  # that wait for the next request
    kept_seconds: float = 4.0  # before the upstream would close them: Hypercorn does after 5, Node.js too
    kept_body: int = 64 * KIBIBYTES  # of one request, to send it once more; larger ones are not repeated
    head: int = 64 * KIBIBYTES  # of a response; some applications set many cookies
    message: int = 16 * MEBIBYTES  # of a WebSocket, as Hypercorn's `websocket_max_message_size`

    def __post_init__(self) -> None:
        _require_positive(self)


def _require_positive(settings: Timeouts | Limits) -> None:
    for field in fields(settings):
        if getattr(settings, field.name) <= 0:
            raise ValueError(f"{type(settings).__name__}.{field.name} must be positive")
