"""The outermost ASGI application: socket servers, guests, files and an application inside, under one lifespan.

One door and one error policy for all of them.

Knows nothing of chat, and of Hypercorn only that there is a fence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import socketio

from hubbub.composite.alternative_services import with_alternative_services
from hubbub.composite.draining import Drain
from hubbub.composite.engines import close_sockets, endpoint, shut_down
from hubbub.composite.exchange import Exchange
from hubbub.composite.hypercorn_fence import HypercornServer, UnknownServer, find_server
from hubbub.composite.hypercorn_h11 import mend_http1
from hubbub.composite.hypercorn_http2 import mend_http2
from hubbub.composite.hypercorn_streams import harden_websocket, reset_stream
from hubbub.composite.hypercorn_tcp import mend_tcp
from hubbub.composite.in_flight import InFlight
from hubbub.composite.lifespan import Hooks, Lifespan, StartHooks
from hubbub.composite.limits import RETRY_AFTER_SECONDS
from hubbub.composite.mapped_files import find_mapped_file, send_file
from hubbub.composite.mounts import Guest, Mounts, mount_prefix
from hubbub.composite.problem import CLOSE_INTERNAL, Problem, send_problem
from hubbub.composite.refusals import refuse
from hubbub.composite.request_id import request_id_of
from hubbub.composite.scopes import DOOR_SCOPES, SERVER_SEND, header, route_path
from hubbub.composite.types import AnyASGIApp, ASGIApp, Middleware, Receive, Scope, Send, StaticHandler
from hubbub.composite.watchdog import Watchdog

logger = logging.getLogger(__name__)

_NOT_FOUND = Problem(404, "not_found", "There is nothing at this address.")
_INTERNAL = Problem(500, "internal", "Something went wrong on the server. Its log has the request id.")
_RESTARTING = Problem(503, "server_busy", "The server restarts. Try again.", retry_after=RETRY_AFTER_SECONDS)
_FULL = Problem(503, "server_busy", "The server is full. Try again later.", retry_after=RETRY_AFTER_SECONDS)

_exchange: ContextVar[Exchange] = ContextVar("exchange")


class CompositeApp(socketio.ASGIApp):  # type: ignore[misc]  # socketio ships no types
    """A `socketio.ASGIApp` whose documented parts do what their names promise.

    Order of the routes: the lifespan, then the paths of socket servers and guests, the longest first, then files, the
    application inside, `not_found`. Routes are about the path below `root_path`, so that one composite application
    can be the guest of another.
    """

    def __init__(
        self,
        socketio_server: Any = None,
        other_asgi_app: AnyASGIApp | None = None,
        static_files: StaticHandler | Mapping[str, Any] | None = None,
        socketio_path: str | None = "socket.io",
        on_startup: StartHooks = None,
        on_shutdown: Hooks = None,
        *,
        guests: Mapping[str, AnyASGIApp] | None = None,
        servers: Mapping[str, Any] | None = None,
        middleware: Sequence[Middleware] = (),
        drain: Drain | None = None,
    ) -> None:
        """As the library's, and more.

        `socketio_server` is a `SocketServer`, a `socketio.AsyncServer` or an `engineio.AsyncServer`, or `None`;
        clients of Engine.IO expect the last at the path `engine.io`. `servers` are more of them, by their paths.
        `guests` are applications by their prefixes, as in `{"/admin": app}` (see `mounts.Guest`); `wsgi_guest` makes
        one of a WSGI application. Their lifespans are within this one. `static_files` is the library's mapping or a
        `StaticHandler`. A hook is a function, a coroutine function, whatever returns an awaitable, or a sequence of
        these; `on_startup` takes async context managers too.
        `middleware` goes around requests and websockets of every route, the first outermost. Without `drain` the
        server ends as it does by itself.

        Raises:
            ValueError: a path or a prefix is not one, or two are the same.
        """
        super().__init__(
            socketio_server,
            other_asgi_app,
            static_files=static_files,
            socketio_path=socketio_path,
            on_startup=on_startup,
            on_shutdown=on_shutdown,
        )
        mend_http1()
        mend_http2()
        mend_tcp()
        self.drain = drain
        self._guests = [Guest(prefix, app) for prefix, app in (guests or {}).items()]
        further = [(mount_prefix(path), server) for path, server in (servers or {}).items()]
        all_servers = [socketio_server, *(server for _, server in further)]
        self._servers = list(dict.fromkeys(server for server in all_servers if server is not None))
        self._mounts = Mounts(self._mounted(further))
        self._in_flight = InFlight()
        self._server: HypercornServer | UnknownServer = UnknownServer()
        self._handler: ASGIApp = self._guard
        for wrap in reversed(middleware):
            self._handler = wrap(self._handler)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] not in DOOR_SCOPES or "headers" not in scope:
            # A lifespan; or a bare call that no server makes, as in the library's own tests: the library's way.
            await super().__call__(scope, receive, send)
            return
        scope = {SERVER_SEND: send, **scope}  # inside another composite application it is there already
        if self._server.alternative_services is not None:
            send = with_alternative_services(scope, send, self._server.alternative_services)
        if scope["type"] == "websocket":
            harden_websocket(scope[SERVER_SEND])
            scope["headers"] = _with_upgrade(scope)
        if self._leaving() or self._in_flight.full:
            await refuse(scope, receive, send, _RESTARTING if self._leaving() else _FULL)
            return
        await self._carry(Exchange(scope, receive, send, self._leaving))

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One lifespan for the hooks and the application inside (see `lifespan.Lifespan`).

        Where there is nothing of our own to run, the application inside has it alone.
        """
        if self.other_asgi_app is not None and not self._has_lifespan():
            await self.other_asgi_app(scope, receive, send)
            return
        if self.drain is not None:
            self._server = find_server(receive)
        lifespan = Lifespan(
            self.other_asgi_app,
            self.on_startup,
            self.on_shutdown,
            guests=self._guests,
            before_start=self._server.prepare,
            before_stop=self._before_stop,
        )
        if self.drain is None:
            await lifespan(scope, receive, send)
        else:
            await self._drained(self.drain, lifespan, scope, receive, send)

    async def serve_static_file(self, static_file: dict[str, str], receive: Receive, send: Send) -> None:
        """Answer with a file of the library's mapping: `{"filename", "content_type"}`; read in a thread, in pieces."""
        if (await receive())["type"] == "http.request":
            await send_file(static_file, send)

    async def not_found(self, receive: Receive, send: Send) -> None:
        """Answer that nothing is there: 404 as a problem document, or a refused websocket."""
        exchange = _exchange.get(None)
        if exchange is None:
            await super().not_found(receive, send)
        else:
            await send_problem(exchange.scope, send, _NOT_FOUND)

    async def _carry(self, exchange: Exchange) -> None:
        """Run the application for one exchange, and see to it that the exchange ends."""
        self._in_flight.enter(exchange)
        token = _exchange.set(exchange)
        try:
            await self._handler(exchange.scope, exchange.receive, exchange.send)
        except Exception as error:  # in a middleware; those of the application end in `_guard`
            await _answer_error(exchange, exchange.scope, exchange.send, error)
        finally:
            try:
                if exchange.interrupted:
                    await exchange.refuse(_RESTARTING)
            finally:
                _exchange.reset(token)
                self._in_flight.leave(exchange)

    async def _guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            mounted = self._mounts.find(route_path(scope)) or self._route
            await mounted(scope, receive, send)
        except Exception as error:
            await _answer_error(_exchange.get(), scope, send, error)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is not mounted."""
        if await self._serve_file(scope, receive, send):
            return
        if self.other_asgi_app is not None:
            await self.other_asgi_app(scope, receive, send)
        else:
            await self.not_found(receive, send)

    async def _serve_file(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a request for a file; whether it was one."""
        if scope["type"] != "http":
            return False
        if not isinstance(self.static_files, Mapping):
            if not self.static_files.matches(scope):
                return False
            await self.static_files(scope, receive, send)
            return True
        path = route_path(scope)
        file = find_mapped_file(path, self.static_files) if scope["method"] in {"GET", "HEAD"} else None
        if file is not None:
            await self.serve_static_file(file, receive, send)
        return file is not None

    def _mounted(self, further: Sequence[tuple[str, Any]]) -> Iterator[tuple[str, ASGIApp]]:
        if self.engineio_server is not None:
            path = "" if self.engineio_path is None else self.engineio_path.rstrip("/")
            yield path, endpoint(self.engineio_server)
        for path, server in further:
            yield path, endpoint(server)
        for guest in self._guests:
            yield guest.prefix, guest

    def _has_lifespan(self) -> bool:
        hooked = any(part is not None for part in (self.on_startup, self.on_shutdown, self.drain))
        return hooked or bool(self._guests) or any(server is not self.engineio_server for server in self._servers)

    def _leaving(self) -> bool:
        return self.drain is not None and self.drain.draining

    async def _drained(self, drain: Drain, lifespan: Lifespan, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the lifespan with the drain bound to the server that called it."""
        server = self._server
        on_begin = None
        if server.owns_process:
            watchdog = Watchdog(lifespan.stop, stop_requested=server.stop_requested, ended=server.ended)
            server.watch_signals(watchdog.arm)
            on_begin = watchdog.arm
        drain.attach(server, self._in_flight, last=self._close_sockets, on_begin=on_begin)
        attaching = asyncio.get_running_loop().create_task(server.drain_before_end(drain.finish), name="attach drain")
        try:
            await lifespan(scope, receive, send)
        finally:
            attaching.cancel()
            if server.owns_process and not drain.draining:
                watchdog.disarm()

    async def _before_stop(self) -> None:
        if self.drain is not None:
            await self.drain.finish()
        await self._in_flight.end_all()
        await shut_down(self._servers)

    async def _close_sockets(self) -> None:
        await close_sockets(self._servers)


async def _answer_error(exchange: Exchange, scope: Scope, send: Send, error: Exception) -> None:
    """End an exchange whose handler raised: by a problem, by a close, or by cutting the answer off."""
    problem = error if isinstance(error, Problem) else _INTERNAL
    if problem is not error:
        place = scope["path"]
        logger.error("error in %s %s, request %s", scope["type"], place, request_id_of(scope), exc_info=error)
    if not exchange.started:
        await send_problem(scope, send, problem)
    elif exchange.is_websocket:
        await exchange.close(CLOSE_INTERNAL, problem.code)
    else:
        await reset_stream(exchange.scope[SERVER_SEND])


def _with_upgrade(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of a websocket as engineio expects them.

    A WebSocket over HTTP/2 (RFC 8441, 5) has no `Upgrade` and no `Connection`; engineio 4.15 refuses it for that.
    """
    headers = list(scope["headers"])
    if header(scope, b"upgrade") is None:
        headers += [(b"upgrade", b"websocket"), (b"connection", b"Upgrade")]
    return headers
