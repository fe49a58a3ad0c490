"""An application for `SocketServer` that remembers what its hooks were told, and does what a test asks of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import socketio

from hubbub.composite.socket_server import ConnectRefused, SocketConnection, SocketLimits, SocketServer
from hubbub.testing.clock import ManualClock

QUICK = SocketLimits(ping_interval_seconds=25, ping_timeout_seconds=20, outbox_packets=100, inbox_events=4)


class SocketApplication:
    """`app` is the ASGI application. Clients join with any auth but `{"token": "wrong"}`."""

    def __init__(self, limits: SocketLimits = QUICK, **options: Any) -> None:
        self.clock = ManualClock()
        self.server = SocketServer(limits, **{"later": self.clock.later, **options})
        self.app = socketio.ASGIApp(self.server)
        self.joined: list[SocketConnection] = []
        self.heard: list[tuple[str, list[object]]] = []
        self.left: list[str] = []
        self.overflowed: list[SocketConnection] = []
        self.gate = asyncio.Event()  # `wait` waits for it
        self.gate.set()
        self.gone = asyncio.Event()
        self.server.handle(
            connect=self.connect,
            event=self.event,
            disconnect=self.disconnect,
            on_overflow=self.overflow,
            overflow_ack=lambda _connection, name: {"busy": name},
            error_ack=lambda _connection, name, error: {"failed": name, "why": type(error).__name__},
        )

    @property
    def connection(self) -> SocketConnection:
        return self.joined[-1]

    async def connect(self, connection: SocketConnection, auth: object) -> None:
        if auth == {"token": "wrong"}:
            raise ConnectRefused({"code": "unauthenticated", "detail": "Wrong token."})
        if auth == {"token": "broken"}:
            raise ZeroDivisionError
        self.joined.append(connection)
        if isinstance(auth, dict) and "greet" in auth:
            connection.emit("greeting", json.dumps(auth["greet"]))
        if isinstance(auth, dict) and "wait" in auth:
            await self.gate.wait()

    async def event(self, connection: SocketConnection, name: str, arguments: list[object]) -> object:
        if name == "wait":
            await self.gate.wait()
        self.heard.append((name, arguments))
        if name == "fail":
            raise ZeroDivisionError
        if name == "say":
            connection.emit("said", json.dumps(arguments[0]))
        return {"heard": arguments}

    async def disconnect(self, connection: SocketConnection, reason: str) -> None:
        self.left.append(reason)
        self.gone.set()

    def overflow(self, connection: SocketConnection) -> None:
        self.overflowed.append(connection)
        connection.emit("resync", "{}")
