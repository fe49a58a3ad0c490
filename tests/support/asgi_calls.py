"""Call an ASGI application in memory with events given beforehand, and look at every message of its reply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send
from hubbub.testing.scopes import Pairs, http_scope, raw, websocket_scope

__all__ = ["Call", "Pairs", "Recorder", "body_events", "call", "http_scope", "raw", "websocket_scope"]


@dataclass
class Call:
    """One call of an application; `messages` is everything that it sent."""

    events: Iterable[Message]
    messages: list[Message] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._events = iter(self.events)

    async def receive(self) -> Message:
        for event in self._events:
            return event
        await self.closed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def start(self) -> Message:
        return next(message for message in self.messages if message["type"].endswith((".start", "websocket.accept")))

    @property
    def status(self) -> int:
        return int(self.start["status"])

    @property
    def headers(self) -> dict[str, str]:
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.start.get("headers", ())]
        assert all(name == name.lower() for name, _ in pairs)
        return dict(pairs)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages if message["type"].endswith(".body"))

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


def body_events(*chunks: bytes) -> list[Message]:
    """The events of a body as Hypercorn sends them: one for each chunk, then an empty last one."""
    parts: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    return [*parts, {"type": "http.request", "body": b"", "more_body": False}]


async def call(app: ASGIApp, scope: Scope, events: Iterable[Message] | None = None) -> Call:
    """Run one scope to its end; without `events`, a request with an empty body or a websocket that connects."""
    if events is None:
        events = body_events() if scope["type"] == "http" else [{"type": "websocket.connect"}]
    made = Call(events)
    await app(scope, made.receive, made.send)
    return made


class Recorder:
    """An application that keeps the scopes it was called with and answers each with 200."""

    def __init__(self, headers: Pairs = ()) -> None:
        self.scopes: list[Scope] = []
        self.bodies: list[bytes] = []
        self._headers = raw(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await self._answer(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept", "headers": list(self._headers)})

    async def _answer(self, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": list(self._headers)})
        await send({"type": "http.response.body", "body": b"ok"})

    @property
    def scope(self) -> Scope:
        assert len(self.scopes) == 1
        return self.scopes[0]
