"""Security headers on every response; knows nothing of what is answered."""

from __future__ import annotations

from collections.abc import Awaitable

from hubbub.composite.scopes import RESPONSE_STARTS, with_missing_headers
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

# `connect-src 'self'` covers ws: and wss: of the own host (CSP Level 3, 6.7.2.8).
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
)

FIXED = (
    (b"x-content-type-options", b"nosniff"),
    # Not `no-referrer`: with it browsers send `Origin: null` on same-origin form posts.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
SECURE_SCHEMES = frozenset({"https", "wss"})


class HeadersMiddleware:
    """Add security headers to whatever answers inside, errors included; never replace the application's own.

    `hsts_seconds` asks for Strict-Transport-Security, which is sent over TLS only (RFC 6797, 7.2).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        content_security_policy: str = CONTENT_SECURITY_POLICY,
        permissions_policy: str = PERMISSIONS_POLICY,
        hsts_seconds: int | None = None,
    ) -> None:
        self._app = app
        self._plain = (
            (b"content-security-policy", content_security_policy.encode("ascii")),
            (b"permissions-policy", permissions_policy.encode("ascii")),
            *FIXED,
        )
        self._secure: tuple[tuple[bytes, bytes], ...] = self._plain
        if hsts_seconds is not None:
            self._secure = (*self._plain, (b"strict-transport-security", b"max-age=%d" % hsts_seconds))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        added = self._secure if scope.get("scheme") in SECURE_SCHEMES else self._plain

        async def send_with_headers(message: Message) -> None:
            if message["type"] in RESPONSE_STARTS:
                message = with_missing_headers(message, added)
            await send(message)

        return self._app(scope, receive, send_with_headers)
