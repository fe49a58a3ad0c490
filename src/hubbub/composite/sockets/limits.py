"""How much of everything one socket, and all of them together, may hold; nothing here runs."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS = 1.0
BYTES = 1
KIBIBYTES = 1024 * BYTES
MEBIBYTES = 1024 * KIBIBYTES


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Every bound of `SocketServer`. Seconds may be fractions; 0 forbids, nothing here means endless.

    `ping_interval_seconds`, `ping_timeout_seconds` and `payload_bytes` are told to the client in the handshake.
    A connection that takes nothing at all is closed after the sum of the two ping times, and soon after that cut off.
    """

    ping_interval_seconds: float = 25 * SECONDS  # the reference server's default; proxies close idle streams at 30
    ping_timeout_seconds: float = 20 * SECONDS  # the reference server's default

    payload_bytes: int = 1_000_000 * BYTES  # one frame or one polling body; the reference server's maxHttpBufferSize
    discarded_bytes: int = 16 * MEBIBYTES  # of a body too long that is read and dropped, so that the answer arrives
    body_seconds: float = 20 * SECONDS  # for the body of one POST, so that nobody holds a request by dripping

    outbox_packets: int = 1_024  # a client that far behind is quicker with a resync
    poll_packets: int = 16  # in one answer; python-engineio's client 4.15 drops the connection at more (payload.py)
    outbox_bytes: int = 4 * MEBIBYTES  # times `sessions` is the worst case; text counts as UTF-8
    send_seconds: float = 20 * SECONDS  # for a client to take one answer to a poll or a POST

    inbox_events: int = 64  # waiting, for one session; more is answered at once by `overflow_ack`
    handler_seconds: float = 30 * SECONDS  # for one hook; longer is an error
    attachments: int = 0  # binary parts of one packet; 0 refuses binary altogether

    sessions: int = 10_000  # of this server; more are refused with 503
    refused_joins: int = 16  # CONNECT packets of one session that may fail before it is closed
    join_seconds: float = 45 * SECONDS  # without a namespace; the reference server's connectTimeout
    upgrade_seconds: float = 10 * SECONDS  # from polling to WebSocket; the reference server's upgradeTimeout
    repoll_seconds: float = (
        5 * SECONDS
    )  # between a poll whose connection dropped and the next; official clients never try
    close_seconds: float = 5 * SECONDS  # for a client to take what was left when its session was closed
    farewell_seconds: float = 1 * SECONDS  # for it to take the closing frame, which tells it nothing new
