"""The hooks on python-socketio's documented surface alone, for versions whose inside the fences do not know.

Order, one event at a time and an acknowledgement for each hold here too. Transports, packets, heartbeat and the queue
to the client are the library's, and so is what these lack: docs/decisions/0005-socketio-fence.md.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError as LibraryRefusal

from hubbub.composite.sockets.answers import Later
from hubbub.composite.sockets.connection import Phase, SocketConnection
from hubbub.composite.sockets.counters import SocketCounters
from hubbub.composite.sockets.engine_packets import MESSAGE, Encoded
from hubbub.composite.sockets.flag import Flag
from hubbub.composite.sockets.frames import Bundle
from hubbub.composite.sockets.hooks import ConnectRefused, SocketHooks
from hubbub.composite.sockets.inbox import Inbox
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.sockets.socket_packets import EVENT, decode
from hubbub.composite.sockets.tasks import Tasks
from hubbub.composite.types import Scope

logger = logging.getLogger(__name__)

ANY_EVENT = "*"  # the library's name for a handler of every event


class PublicWay:
    """Registers handlers with the library that run the hooks."""

    def __init__(self, server: socketio.AsyncServer, limits: SocketLimits, counters: SocketCounters) -> None:
        self.connections: dict[str, SocketConnection] = {}  # {session id: connection}
        self._server = server
        self._limits = limits
        self._counters = counters
        self._tasks = Tasks()

    def install(self, namespace: str, hooks: SocketHooks) -> None:
        """Register the handlers of one namespace."""
        members: dict[str, LibraryMember] = {}  # {session id: member}

        async def connect(sid: str, environ: dict[str, Any], auth: object) -> None:
            link = LibraryLink(self._server, sid, namespace, environ["asgi.scope"], self._tasks)
            member = LibraryMember(sid, link, namespace, hooks, self._limits, self._counters, self._tasks)
            await member.join(auth)
            members[sid] = member
            self.connections[sid] = member.connection

        async def event(name: str, sid: str, *arguments: object) -> object:
            return await members[sid].event(name, list(arguments))

        async def disconnect(sid: str, reason: str) -> None:
            self.connections.pop(sid, None)
            if member := members.pop(sid, None):
                await member.leave(reason)

        self._server.on("connect", connect, namespace=namespace)
        self._server.on(ANY_EVENT, event, namespace=namespace)
        self._server.on("disconnect", disconnect, namespace=namespace)

    async def close_all(self, seconds: float) -> None:
        """Disconnect everybody, as far as the library gets in that time."""
        for connection in list(self.connections.values()):
            connection.close("server disconnect")
        await self._tasks.finish(seconds)


class LibraryLink:
    """Sends by the library's `emit`, in order; the queue behind it is the library's and has no bound."""

    def __init__(self, server: socketio.AsyncServer, sid: str, namespace: str, scope: Scope, tasks: Tasks) -> None:
        self.scope = scope
        self.reason: str | None = None  # why we closed; the library has no place for it
        self.empty = Flag(is_set=True)
        self.waiting_packets = self.waiting_bytes = 0
        self._server = server
        self._sid = sid
        self._namespace = namespace
        self._outgoing = Inbox(0, tasks.spawn)

    @property
    def transport(self) -> str:
        """`polling` or `websocket`."""
        return str(self._server.transport(self._sid, self._namespace))

    def send(self, packet: Encoded, key: str | None = None) -> None:
        """Emit an event, whatever its key; packets of other kinds are the library's own affair."""
        if isinstance(packet, str) and packet.startswith(MESSAGE + EVENT):
            self._outgoing.append(partial(self._emit, packet))

    def send_all(self, bundle: Bundle) -> None:
        """Emit one event after another."""
        for packet in bundle:
            self.send(packet)

    def send_control(self, packet: Encoded) -> None:
        """The library sends CONNECT itself."""

    def replace(self, packet: Encoded) -> None:
        """Emit; what the library has queued cannot be taken back."""
        self.send(packet)

    def close(self, reason: str) -> None:
        """Disconnect after what was sent before."""
        self.reason = self.reason or reason
        self._outgoing.append(self._disconnect)

    async def _emit(self, packet: str) -> None:
        event = decode(packet.removeprefix(MESSAGE))
        await self._server.emit(event.name, tuple(event.arguments), to=self._sid, namespace=self._namespace)

    async def _disconnect(self) -> None:
        await self._server.disconnect(self._sid, namespace=self._namespace)


class LibraryMember:
    """One client in one namespace."""

    def __init__(
        self,
        sid: str,
        link: LibraryLink,
        namespace: str,
        hooks: SocketHooks,
        limits: SocketLimits,
        counters: SocketCounters,
        tasks: Tasks,
    ) -> None:
        self.connection = SocketConnection(link, namespace, limits=limits, overflow=hooks.overflow)
        self.connection.id = sid
        self._link = link
        self._hooks = hooks
        self._limits = limits
        self._counters = counters
        self._inbox = Inbox(limits.inbox_events, tasks.spawn)

    async def join(self, auth: object) -> None:
        """Run the connect hook. Raises the library's refusal for `ConnectRefused`."""
        try:
            async with asyncio.timeout(self._limits.handler_seconds):
                await self._hooks.connect(self.connection, auth)
        except ConnectRefused as refusal:
            self._counters.refused += 1
            raise LibraryRefusal(refusal.message, refusal.data) from refusal
        self._counters.joined += 1
        self.connection.accept()  # what was held leaves by a task, and so after the library's CONNECT packet

    async def event(self, name: str, arguments: list[object]) -> object:
        """Run the event hook in its turn; what to acknowledge."""
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if not self._inbox.offer(partial(self._handle, name, arguments, answer)):
            self._counters.busy += 1
            return self._hooks.overflow_ack(self.connection, name)
        return await answer

    async def _answer(self, name: str, arguments: list[object]) -> object:
        """What a hook answers, waited for where it is a `Later`: the library has nothing for those."""
        begin = self._hooks.begin.get(name)
        if begin is None:
            return await self._hooks.event(self.connection, name, arguments)
        given = begin(self.connection, arguments)
        if not isinstance(given, Later):
            return given
        await asyncio.wait({given.future})
        return given.read(given.future)

    async def leave(self, reason: str) -> None:
        """Run the disconnect hook after the events that came before."""
        self.connection.phase = Phase.LEFT
        self._inbox.append(partial(self._hooks.disconnect, self.connection, self._link.reason or reason))

    async def _handle(self, name: str, arguments: list[object], answer: asyncio.Future[object]) -> None:
        try:
            async with asyncio.timeout(self._limits.handler_seconds):
                answer.set_result(await self._answer(name, arguments))
        except Exception as error:
            logger.exception("the hook for %r failed", name)
            self._counters.failed += 1
            answer.set_result(self._hooks.error_ack(self.connection, name, error))
