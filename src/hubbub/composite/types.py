"""The ASGI types of this layer, as the ASGI specification 3.0 names them; nothing here runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
AnyASGIApp = Callable[..., Awaitable[None]]  # frameworks type scopes and messages each in their own way
Middleware = Callable[[ASGIApp], ASGIApp]


class StaticHandler(Protocol):
    """What serves files: asked first whether a request is its own, then called like any ASGI application."""

    def matches(self, scope: Scope) -> bool:
        """Whether this handler answers the request."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        ...
