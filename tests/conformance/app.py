"""What the official protocol suites expect to talk to; `hypercorn tests.conformance.app:app` serves it.

`/engine.io/` echoes. `/socket.io/` has the namespaces `/` and `/custom`: `auth` says what was given at CONNECT,
`message` is answered by `message-back`, `message-with-ack` by its acknowledgement. The suites are in
https://github.com/socketio/engine.io-protocol and https://github.com/socketio/socket.io-protocol, under `test-suite`.
Every Origin is let in, since the suites run in browsers, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from hubbub.composite import CompositeApp, Drain
from hubbub.composite.scopes import RESPONSE_STARTS, with_missing_headers
from hubbub.composite.socket_server import SocketConnection, SocketLimits, SocketServer
from hubbub.composite.sockets.engineio_fence import EngineServer
from hubbub.composite.sockets.strict_json import dumps
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

Left = Callable[[str, str], None]  # (session id, why)

NAMESPACES = ("/", "/custom")
GOODBYE_SECONDS = 0.5  # for a client between two polls to fetch its CLOSE
ATTACHMENTS = 10  # of one packet; socket.io-parser 4.2 takes no more either
# What one POST brings goes back whole, in one answer as from the reference server; the bytes bound it.
PACKETS = 500_000
ANY_ORIGIN = [(b"access-control-allow-origin", b"*")]
PREFLIGHT = [*ANY_ORIGIN, (b"access-control-allow-methods", b"GET, POST"), (b"access-control-allow-headers", b"*")]

PATIENT = SocketLimits(
    payload_bytes=1_000_000,
    attachments=ATTACHMENTS,
    inbox_events=PACKETS,
    outbox_packets=PACKETS,
    poll_packets=PACKETS,
)
LIMITS = replace(PATIENT, ping_interval_seconds=0.3, ping_timeout_seconds=0.2, join_seconds=1.0)


def ignore(_sid: str, _reason: str) -> None:
    """Nobody asks who left."""


def create_engine(limits: SocketLimits, left: Left = ignore) -> EngineServer:
    """A bare Engine.IO server that sends each message back."""
    engine = EngineServer(limits=limits)

    async def echo(sid: str, data: str | bytes) -> None:
        await engine.send(sid, data)

    engine.on("message", echo)
    engine.on("disconnect", left)
    return engine


def create_sockets(limits: SocketLimits, left: Left = ignore) -> SocketServer:
    """A Socket.IO server that repeats what it hears."""
    sockets = SocketServer(limits)

    async def connect(connection: SocketConnection, auth: object) -> None:
        connection.emit("auth", dumps({} if auth is None else auth))

    async def event(connection: SocketConnection, name: str, arguments: list[object]) -> object:
        if name == "message-with-ack":
            return tuple(arguments)
        if name == "message":
            answer = tuple(arguments)
            await sockets.emit("message-back", answer, to=connection.id, namespace=connection.namespace)
        return None

    async def disconnect(connection: SocketConnection, reason: str) -> None:
        left(connection.id, reason)

    for namespace in NAMESPACES:
        sockets.handle(connect=connect, event=event, disconnect=disconnect, namespace=namespace)
    return sockets


def any_origin(app: ASGIApp) -> ASGIApp:
    """Let pages of every origin ask, and read the answers (Fetch standard, 3.3)."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_readable(message: Message) -> None:
            await send(with_missing_headers(message, ANY_ORIGIN) if message["type"] in RESPONSE_STARTS else message)

        await app(scope, receive, send_readable)

    return serve


def compose(sockets: SocketServer, engine: EngineServer) -> CompositeApp:
    """Both servers at their paths, one inside the other, with one lifespan and one drain."""
    drain = Drain()
    drain.on_drain(partial(sockets.drain, seconds=GOODBYE_SECONDS))
    drain.on_drain(partial(engine.close_all, GOODBYE_SECONDS))
    inner = CompositeApp(engine, socketio_path="engine.io")
    return CompositeApp(sockets, inner, middleware=[any_origin], drain=drain)


app = compose(create_sockets(LIMITS), create_engine(LIMITS))
