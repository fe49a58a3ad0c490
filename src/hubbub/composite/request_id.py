"""One id for each request and each websocket: in logs, in replies, in error documents."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from hubbub.composite.addresses import Networks, peer_text
from hubbub.composite.scopes import DOOR_SCOPES, REPLY_STARTS, header
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"
RANDOM_BYTES = 15  # 120 bits, 20 characters of base64 without padding
NO_REQUEST = "-"

# Nothing that could break a log line or a header, and long enough to be an id at all.
_GIVEN = re.compile(rb"[A-Za-z0-9._~-]{8,128}")

request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)


def fresh_request_id() -> str:
    """Twenty random characters."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def request_id_of(scope: Scope) -> str:
    """The id that `RequestIdMiddleware` gave to a scope; that of the context, or `-`, if it gave none."""
    state = scope.get("state") or {}
    return str(state.get("request_id") or request_id.get())


class RequestIdMiddleware:
    """Give each scope an id: `scope["state"]["request_id"]`, the `request_id` context variable, `X-Request-ID`.

    An id in the request is taken only from a peer in `trusted`. Comes before `ProxiesMiddleware`, which
    replaces the peer's address by the client's.
    """

    def __init__(
        self, app: ASGIApp, *, trusted: Networks | None = None, fresh: Callable[[], str] = fresh_request_id
    ) -> None:
        self._app = app
        self._trusted = trusted or Networks()
        self._fresh = fresh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in DOOR_SCOPES:
            await self._app(scope, receive, send)
            return
        identity = self._given(scope) or self._fresh()
        scope = {**scope, "state": {**(scope.get("state") or {}), "request_id": identity}}

        async def send_with_id(message: Message) -> None:
            if message["type"] in REPLY_STARTS:
                kept = [item for item in message.get("headers", ()) if item[0].lower() != HEADER]
                message = {**message, "headers": [*kept, (HEADER, identity.encode("ascii"))]}
            await send(message)

        token = request_id.set(identity)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            request_id.reset(token)

    def _given(self, scope: Scope) -> str | None:
        given = header(scope, HEADER)
        if given is None or peer_text(scope) not in self._trusted or not _GIVEN.fullmatch(given):
            return None
        return given.decode("ascii")
