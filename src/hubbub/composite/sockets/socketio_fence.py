"""Everything this project knows of python-socketio's inside.

`SocketServer` is a `socketio.AsyncServer`: its documented methods (`on`, `emit`, rooms, sessions, `disconnect`) work.
What is used of the library's private side is `_engineio_server_class` (in `socket_server`), and here: its manager,
which knows who is connected and in which room, and `_trigger_event`'s rules for finding a registered handler.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError as LibraryRefusal

from hubbub.composite.sockets.connection import SocketConnection
from hubbub.composite.sockets.engine_handlers import arguments_for
from hubbub.composite.sockets.environ import environ_of
from hubbub.composite.sockets.hooks import ConnectRefused, SocketHooks

KNOWN_VERSIONS = frozenset({"5.18.1"})

EVERY_NAMESPACE = "*"


def is_known() -> bool:
    """Whether this is written for the python-socketio that is installed."""
    return version("python-socketio") in KNOWN_VERSIONS


class Roster:
    """Keeps the library's manager informed, so that `emit`, rooms and sessions find each connection."""

    def __init__(self, server: socketio.AsyncServer) -> None:
        self._server = server

    async def entering(self, engine_sid: str, namespace: str) -> str:
        """Announce a connection and give it its id, before its connect hook runs."""
        if not self._server.manager_initialized:
            self._server.manager_initialized = True
            self._server.manager.initialize()
        return str(await self._server.manager.pre_connect(engine_sid, namespace))

    async def entered(self, sid: str, namespace: str) -> None:
        """The connect hook accepted."""
        await self._server.manager.connect(sid, namespace)

    async def left(self, sid: str, namespace: str) -> None:
        """The connection is gone, or was refused."""
        await self._server.manager.disconnect(sid, namespace, ignore_queue=True)

    async def acknowledged(self, sid: str, ack_id: int, arguments: list[Any]) -> None:
        """The client answered an event that was sent with a callback."""
        if ack_id in self._server.manager.callbacks.get(sid, {}):
            await self._server.manager.trigger_callback(sid, ack_id, arguments)


def knows(server: socketio.AsyncServer, namespace: str) -> bool:
    """Whether the library would let a client into the namespace."""
    handled = {*server.handlers, *server.namespace_handlers}
    allowed = server.namespaces
    return namespace in handled or EVERY_NAMESPACE in handled or allowed == EVERY_NAMESPACE or namespace in allowed


def library_hooks(server: socketio.AsyncServer) -> SocketHooks:
    """Hooks that call the handlers registered with `server.on`, as the library documents it."""
    handlers = LibraryHandlers(server)
    return SocketHooks(connect=handlers.connect, event=handlers.event, disconnect=handlers.disconnect)


class LibraryHandlers:
    """Calls each handler once, with as many arguments as it takes."""

    def __init__(self, server: socketio.AsyncServer) -> None:
        self._server = server

    async def connect(self, connection: SocketConnection, auth: object) -> None:
        """Raises `ConnectRefused` where the library would refuse."""
        if self._server.always_connect:
            connection.accept()
        try:
            verdict = await self._call("connect", connection, environ_of(connection.scope), auth)
        except LibraryRefusal as refusal:
            error = refusal.error_args
            raise ConnectRefused(error.get("data"), error["message"]) from refusal
        except ConnectionRefusedError as refusal:
            raise ConnectRefused({}, "Connection refused by server") from refusal
        if verdict is False:
            raise ConnectRefused({}, "Connection rejected by server")

    async def event(self, connection: SocketConnection, name: str, arguments: list[object]) -> object:
        """The handler's return value; None if there is no handler."""
        return await self._call(name, connection, *arguments)

    async def disconnect(self, connection: SocketConnection, reason: str) -> None:
        """The reason is left out for handlers that do not take it."""
        await self._call("disconnect", connection, reason)

    async def _call(self, event: str, connection: SocketConnection, *arguments: object) -> Any:
        full = (connection.id, *arguments)
        handler, full = self._server._get_event_handler(event, connection.namespace, full)
        if handler is None:
            return await self._call_namespace(event, connection.namespace, full)
        fitting = arguments_for(handler, full) if event in self._server.reserved_events else full
        result = handler(*fitting)
        return await result if inspect.isawaitable(result) else result

    async def _call_namespace(self, event: str, namespace: str, arguments: tuple[object, ...]) -> Any:
        handler, arguments = self._server._get_namespace_handler(namespace, arguments)
        if handler is None:
            return None
        return await handler.trigger_event(event, *arguments)
