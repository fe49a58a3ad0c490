"""All Socket.IO sessions of one server: hears of Engine.IO sessions and holds what they share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hubbub.composite.sockets.connection import SocketConnection
from hubbub.composite.sockets.counters import SocketCounters
from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.heartbeat import Later
from hubbub.composite.sockets.hooks import SocketHooks
from hubbub.composite.sockets.inbox import Spawn
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.session import EngineSession
from hubbub.composite.sockets.socket_session import SocketSession
from hubbub.composite.sockets.surroundings import Registry
from hubbub.composite.sockets.tasks import Tasks


class SocketSessions:
    """A `SessionListener` for the Engine.IO server, and the `Surroundings` of each session."""

    def __init__(
        self,
        *,
        limits: SocketLimits,
        counters: SocketCounters,
        registry: Registry,
        hooks_for: Callable[[str], SocketHooks | None],
        later: Later,
    ) -> None:
        self.limits = limits
        self.counters = counters
        self.registry = registry
        self.later = later
        self.hooks_for = hooks_for
        self.tasks = Tasks()
        self.spawn: Spawn = self.tasks.spawn
        self.sessions: dict[str, SocketSession] = {}  # {Engine.IO session id: session}, until its end was handled
        self.connections: dict[str, SocketConnection] = {}  # {Socket.IO session id: connection} that joined

    async def session_opening(self, session: EngineSession) -> str | None:
        """Everybody may open a session; who may join a namespace is for the connect hook."""
        self.sessions[session.sid] = SocketSession(session, self)
        return None

    def session_received(self, session: EngineSession, data: Encoded) -> None:
        """Raises `MalformedPacket` if the message breaks the protocol."""
        self.sessions[session.sid].received(data)

    def session_overflowed(self, session: EngineSession) -> None:
        """Tell each of its connections."""
        self.sessions[session.sid].overflowed()

    def session_closed(self, session: EngineSession, reason: str) -> None:
        """Tell each of its connections, after what it sent before."""
        if ended := self.sessions.get(session.sid):
            ended.closed(reason, then=partial(self._forget, session.sid))

    def ended_session(self, sid: str) -> EngineSession | None:
        """A session whose disconnect hooks did not all return yet."""
        ended = self.sessions.get(sid)
        return ended.engine if ended else None

    def joined(self, connection: SocketConnection) -> None:
        """A connect hook returned."""
        self.connections[connection.id] = connection

    def left(self, connection: SocketConnection) -> None:
        """The connection is gone."""
        self.connections.pop(connection.id, None)

    async def _forget(self, sid: str) -> None:
        del self.sessions[sid]
