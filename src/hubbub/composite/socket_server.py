"""`SocketServer`: a Socket.IO server whose every part is bounded, with typed hooks. Knows nothing of what it carries.

docs/decisions/0005-socketio-fence.md says what is the library's and what is ours.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any

import engineio
import socketio

from hubbub.composite.sockets import engineio_fence, socketio_fence, strict_json
from hubbub.composite.sockets.connection import SocketConnection
from hubbub.composite.sockets.counters import SocketCounters
from hubbub.composite.sockets.elsewhere import Elsewhere
from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.environ import environ_of
from hubbub.composite.sockets.heartbeat import Later, loop_later
from hubbub.composite.sockets.hooks import (
    BeginHook,
    ConnectHook,
    ConnectRefused,
    DisconnectHook,
    ErrorAck,
    EventHook,
    OverflowAck,
    OverflowHook,
    SocketHooks,
    busy,
    failed,
    ignore_overflow,
)
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.public_way import PublicWay
from hubbub.composite.sockets.socket_packets import MAIN_NAMESPACE, encode_event
from hubbub.composite.sockets.socket_sessions import SocketSessions

__all__ = ["ConnectRefused", "SocketConnection", "SocketCounters", "SocketLimits", "SocketServer", "encode_event"]

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 1.0  # a restart is announced, not negotiated


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library ships no types
    """A `socketio.AsyncServer` for ASGI: `socketio.ASGIApp(server)` serves it.

    An application gives its hooks to `handle`; handlers registered with the library's `on` work as well, for
    namespaces without hooks. The Origin of a request is checked at the door, so the library's own check is off
    unless `cors_allowed_origins` says otherwise. `json` must have strict `loads` and `dumps`, and is set for the
    whole process, as python-socketio does it. `elsewhere` is for a server of several processes.
    """

    def __init__(
        self,
        limits: SocketLimits | None = None,
        *,
        json: Any = strict_json,
        later: Later = loop_later,
        elsewhere: Elsewhere | None = None,
        **options: Any,
    ) -> None:
        self.limits = limits or SocketLimits()
        self.counters = SocketCounters()
        self._hooks: dict[str, SocketHooks] = {}  # {namespace: hooks}
        self._sessions = SocketSessions(
            limits=self.limits,
            counters=self.counters,
            registry=socketio_fence.Roster(self),
            hooks_for=self._hooks_for,
            later=later,
        )
        self._public_way = None if _fences_hold() else PublicWay(self, self.limits, self.counters)
        super().__init__(
            json=json,
            **{
                "async_mode": "asgi",
                "cors_allowed_origins": [],
                "logger": logger,
                "engineio_logger": logger,
                "ping_interval": self.limits.ping_interval_seconds,
                "ping_timeout": self.limits.ping_timeout_seconds,
                "max_http_buffer_size": self.limits.payload_bytes,
                "limits": self.limits,
                "counters": self.counters,
                "listener": self._sessions,
                "later": later,
                "elsewhere": elsewhere,
                **options,
            },
        )

    def handle(
        self,
        *,
        connect: ConnectHook,
        event: EventHook,
        disconnect: DisconnectHook,
        on_overflow: OverflowHook = ignore_overflow,
        overflow_ack: OverflowAck = busy,
        error_ack: ErrorAck = failed,
        begin: Mapping[str, BeginHook] | None = None,
        namespace: str = MAIN_NAMESPACE,
    ) -> None:
        """Set the hooks of a namespace; `SocketHooks` says when each runs."""
        hooks = SocketHooks(connect, event, disconnect, on_overflow, overflow_ack, error_ack, begin or {})
        self._hooks[namespace] = hooks
        if self._public_way:
            self._public_way.install(namespace, hooks)

    @property
    def connections(self) -> list[SocketConnection]:
        """Those whose connect hook accepted them and that are not gone."""
        known = self._public_way.connections if self._public_way else self._sessions.connections
        return list(known.values())

    async def drain(
        self, packet: Encoded | None = None, *, namespace: str = MAIN_NAMESPACE, seconds: float = DRAIN_SECONDS
    ) -> None:
        """Say a last word, made by `encode_event`, to everybody in a namespace, close all sessions, accept no more.

        Polls in flight are answered, WebSockets closed, disconnect hooks run to their end; what is not done after
        `seconds` is dropped. New handshakes get 503 from now on.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        for connection in self.connections:
            if packet is not None and connection.namespace == namespace:
                connection.send_encoded(packet)
        if self._public_way:
            await self._public_way.close_all(seconds)
            return
        await self.eio.close_all(seconds)
        late = await self._sessions.tasks.finish(max(0.0, deadline - asyncio.get_running_loop().time()))
        if late:
            logger.warning("%d clients' hooks were still running after %s s and were cancelled", late, seconds)

    async def shutdown(self) -> None:
        """The library's word for `drain`."""
        await self.drain()

    async def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        """End a connection in one namespace; its session may go on in others."""
        if self._public_way:
            await super().disconnect(sid, namespace, ignore_queue)
            return
        engine_sid = self.manager.eio_sid_from_sid(sid, namespace or MAIN_NAMESPACE)
        if session := self._sessions.sessions.get(engine_sid):
            session.disconnect(namespace or MAIN_NAMESPACE)

    async def enter_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """Put a connection into a room.

        Raises:
            ValueError: for None, by which the library means everybody: an emit to that room would reach them all.
        """
        if room is None:
            raise ValueError("a room has a name")
        await super().enter_room(sid, room, namespace)

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any] | None:
        """The environ of a connection's handshake; `None` if there is no such connection."""
        engine_sid = self.manager.eio_sid_from_sid(sid, namespace or MAIN_NAMESPACE)
        if self._public_way:
            environ: dict[str, Any] | None = self.environ.get(engine_sid)
            return environ
        session = self._sessions.sessions.get(engine_sid)
        return environ_of(session.engine.scope) if session else None

    def handle_request(self, *args: Any, **kwargs: Any) -> Awaitable[None]:
        """Serve one HTTP request or one WebSocket, by `eio` alone: the library's own keeps a coroutine for each."""
        handled: Awaitable[None] = self.eio.handle_request(*args, **kwargs)
        return handled

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return engineio.AsyncServer if self._public_way else engineio_fence.EngineServer

    def _hooks_for(self, namespace: str) -> SocketHooks | None:
        if hooks := self._hooks.get(namespace):
            return hooks
        return socketio_fence.library_hooks(self) if socketio_fence.knows(self, namespace) else None


def _fences_hold() -> bool:
    """Whether both libraries are versions we know from inside; a log line says what is lost otherwise."""
    if engineio_fence.is_known() and socketio_fence.is_known():
        return True
    logger.warning(
        "python-engineio or python-socketio is not a version this server knows; it uses their public interface, "
        "without the bounds and the conformance of its own sessions"
    )
    return False
