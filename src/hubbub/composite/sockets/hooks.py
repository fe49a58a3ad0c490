"""What an application gives to `SocketServer.handle`, typed; nothing here runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from hubbub.composite.sockets.connection import SocketConnection


class ConnectRefused(Exception):
    """Raised by a connect hook: the client gets `connect_error` with `err.message` and `err.data`."""

    def __init__(self, data: dict[str, object], message: str | None = None) -> None:
        self.data = data
        self.message = message or str(data.get("detail") or "Connection refused")
        super().__init__(self.message)

    def payload(self) -> dict[str, object]:
        """The content of the CONNECT_ERROR packet."""
        return {"message": self.message, "data": self.data}


ConnectHook = Callable[[SocketConnection, object], Awaitable[None]]
EventHook = Callable[[SocketConnection, str, list[object]], Awaitable[object]]
BeginHook = Callable[[SocketConnection, list[object]], object]
DisconnectHook = Callable[[SocketConnection, str], Awaitable[None]]
OverflowHook = Callable[[SocketConnection], None]
OverflowAck = Callable[[SocketConnection, str], object]
ErrorAck = Callable[[SocketConnection, str, Exception], object]


def ignore_overflow(_connection: SocketConnection) -> None:
    """What was dropped stays dropped; the counter tells."""


def busy(_connection: SocketConnection, _name: str) -> object:
    """The acknowledgement of an event for which there was no room."""
    return {"ok": False, "error": "busy"}


def failed(_connection: SocketConnection, _name: str, _error: Exception) -> object:
    """The acknowledgement of an event whose hook raised."""
    return {"ok": False, "error": "internal"}


@dataclass(frozen=True, slots=True)
class SocketHooks:
    """The application's side of one namespace.

    `connect` takes the connection and what the client gave as `auth`, and may raise `ConnectRefused`.
    `event` takes the connection, the name and the arguments; what it returns is the acknowledgement's argument, a
    tuple means several and None means none. An event named in `begin` goes to its hook there instead, which waits for
    nothing and may return a `Later`: the next of these then begins, all others wait as ever, and acknowledgements keep
    the order of events. `disconnect` runs once for each `connect` that returned, with the reason, after every event
    that came before. `overflow` runs, synchronously, when the outbox was full and is now empty. `overflow_ack` and
    `error_ack` give the acknowledgement of an event that was not handled or that failed.
    """

    connect: ConnectHook
    event: EventHook
    disconnect: DisconnectHook
    overflow: OverflowHook = ignore_overflow
    overflow_ack: OverflowAck = busy
    error_ack: ErrorAck = failed
    begin: Mapping[str, BeginHook] = field(default_factory=dict)  # {event name: hook}
