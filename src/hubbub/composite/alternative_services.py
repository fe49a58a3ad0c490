"""Saying on answers over TLS where else the server is, as HTTP/3 (RFC 7838); does not know how that is served."""

from __future__ import annotations

from hubbub.composite.scopes import RESPONSE_STARTS, with_missing_headers
from hubbub.composite.types import Message, Scope, Send

_SECURE = frozenset({"https", "wss"})


def with_alternative_services(scope: Scope, send: Send, value: bytes) -> Send:
    """A `send` that adds `alt-svc: value` where the connection itself is encrypted.

    The scope is the server's own: what a proxy says of its own clients would lead them past the proxy.
    """
    if scope.get("scheme") not in _SECURE:
        return send

    async def advertise(message: Message) -> None:
        if message["type"] in RESPONSE_STARTS:
            message = with_missing_headers(message, [(b"alt-svc", value)])
        await send(message)

    return advertise
