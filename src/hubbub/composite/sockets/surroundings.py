"""What the Socket.IO sessions of one server share; nothing here runs."""

from __future__ import annotations

from typing import Protocol

from hubbub.composite.sockets.connection import SocketConnection
from hubbub.composite.sockets.counters import SocketCounters
from hubbub.composite.sockets.heartbeat import Later
from hubbub.composite.sockets.hooks import SocketHooks
from hubbub.composite.sockets.inbox import Spawn
from hubbub.composite.sockets.limits import SocketLimits


class Registry(Protocol):
    """Who keeps the list of connections."""

    async def entering(self, engine_sid: str, namespace: str) -> str:
        """Announce a connection; its id."""
        ...

    async def entered(self, sid: str, namespace: str) -> None:
        """It was accepted."""
        ...

    async def left(self, sid: str, namespace: str) -> None:
        """It is gone, or was refused."""
        ...

    async def acknowledged(self, sid: str, ack_id: int, arguments: list[object]) -> None:
        """The client acknowledged an event."""
        ...


class Surroundings(Protocol):
    """What all sessions of a server share."""

    limits: SocketLimits
    counters: SocketCounters
    registry: Registry
    later: Later
    spawn: Spawn

    def hooks_for(self, namespace: str) -> SocketHooks | None:
        """The application's side of a namespace; `None` if there is no such namespace."""
        ...

    def joined(self, connection: SocketConnection) -> None:
        """A connect hook returned."""
        ...

    def left(self, connection: SocketConnection) -> None:
        """A connection that joined is about to be told to the disconnect hook."""
        ...
