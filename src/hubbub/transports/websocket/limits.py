"""How much of everything one native WebSocket may hold; nothing here runs."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS = 1.0
BYTES = 1
KIBIBYTES = 1024 * BYTES
MEBIBYTES = 1024 * KIBIBYTES


@dataclass(frozen=True, slots=True)
class WebSocketLimits:
    """Every bound of the native WebSocket.

    A client that takes nothing is gone after both ping times and the farewell.
    """

    ping_interval_seconds: float = 25 * SECONDS  # proxies close idle streams at 30
    ping_timeout_seconds: float = 20 * SECONDS  # for the pong; the same as Socket.IO's
    close_seconds: float = 5 * SECONDS  # for the client to take what waits and to answer the close
    farewell_seconds: float = 1 * SECONDS  # for that, when it has taken nothing for too long already
    authenticate_seconds: float = 10 * SECONDS  # for the first command, without cookie and header

    frame_bytes: int = 128 * KIBIBYTES  # 8,000 characters, each escaped as two surrogates, and what is around them
    outbox_frames: int = 1_024  # a client that far behind is quicker with a resync
    outbox_bytes: int = 4 * MEBIBYTES  # UTF-8; `get_changes` answers with less

    inbox_commands: int = 64  # waiting for their turn; more are answered `server_busy` at once
    command_seconds: float = 30 * SECONDS  # for one command; longer is an error
    leave_seconds: float = 5 * SECONDS  # for the command under way when its client has gone
