"""One line for each request and each websocket when it ends; the query is left out, since people put secrets there."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from hubbub.composite.addresses import peer_text
from hubbub.composite.scopes import DOOR_SCOPES
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

PATH_CHARS = 200  # of a path that somebody made up


class AccessLogMiddleware:
    """Log at level INFO, or nothing at all where that is off.

    The record's `fields` are `method`, `path`, `status`, `ms` and `client` for log formats that have fields. Comes
    after `RequestIdMiddleware` and `ProxiesMiddleware`, so that the line has the id and the client's address.
    """

    def __init__(self, app: ASGIApp, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._monotonic = monotonic

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] not in DOOR_SCOPES or not logger.isEnabledFor(logging.INFO):
            return self._app(scope, receive, send)
        return self._log(scope, receive, send)

    async def _log(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = self._monotonic()
        status = 0  # no answer: the client went, or the server failed before it had one

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = message.get("status", 101 if message["type"] == "websocket.accept" else status)
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            self._say(scope, status, self._monotonic() - start)

    def _say(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"][:PATH_CHARS]
        fields = {
            "method": scope.get("method", "WEBSOCKET"),
            "path": path if path.isascii() and path.isprintable() else ascii(path),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "client": peer_text(scope),
        }
        line = "%(method)s %(path)s %(status)s %(ms)s ms %(client)s"
        logger.info(line, fields, extra={"fields": fields})
