"""One line for each request and each websocket when it ends; the query is left out, since people put secrets there.

Also counts the answers by status, for whoever publishes that; knows no metrics library.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from hubbub.composite.addresses import peer_text
from hubbub.composite.scopes import DOOR_SCOPES
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

PATH_CHARS = 200  # of a path that somebody made up


class AccessLogMiddleware:
    """Log at level INFO, or only count where that is off.

    `statuses` is {status: how many}; 101 is a websocket that was accepted, and 0 is no answer at all.

    The record's `fields` are `method`, `path`, `status`, `ms` and `client` for log formats that have fields. Comes
    after `RequestIdMiddleware` and `ProxiesMiddleware`, so that the line has the id and the client's address.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        statuses: Counter[int] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._statuses: Counter[int] = Counter() if statuses is None else statuses
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in DOOR_SCOPES:
            await self._app(scope, receive, send)
            return
        start = self._monotonic()
        status = 0  # no answer: the client went, or the server failed before it had one

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = message.get("status", 101 if message["type"] == "websocket.accept" else status)
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            self._statuses[status] += 1
            if logger.isEnabledFor(logging.INFO):
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
