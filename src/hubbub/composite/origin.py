"""Which sites may talk to this server from a browser: one policy for requests, polling, streams and websockets.

A browser adds the session cookie by itself, whoever wrote the page. What protects the user is that the browser also
says where the page came from (`Origin`, `Sec-Fetch-Site`), and that a page of another site cannot set
`Authorization` without asking first (a preflight, Fetch standard, 4.8). Knows nothing of what a session is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from enum import Enum, auto

from werkzeug.http import parse_cookie

from hubbub.composite.authority import Origin, origin_of, parse_authority, parse_origin
from hubbub.composite.problem import Problem
from hubbub.composite.refusals import discard, refuse
from hubbub.composite.scopes import DOOR_SCOPES, RESPONSE_STARTS, cookie_header, header, is_under, with_vary
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110, 9.2.1, without TRACE
FOREIGN_SITES = frozenset({b"cross-site", b"same-site"})  # a sibling host is another origin

PREFLIGHT_SECONDS = 600  # Chromium keeps it for two hours at most; an origin that is taken off should notice sooner
ALLOWED_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
ALLOWED_HEADERS = b"authorization, content-type, idempotency-key, last-event-id"
EXPOSED_HEADERS = b"x-request-id, retry-after, location, etag"

_CORS = b"access-control-"


class Sender(Enum):
    """Whose page made the request."""

    SAME = auto()
    ALLOWED = auto()
    FOREIGN = auto()
    UNSAID = auto()  # no browser, or a browser that had no reason to say


class OriginMiddleware:
    """Refuse what a foreign page sends with the user's authority; answer allowed origins with CORS headers.

    `cookie` is the name of the session cookie. `guarded` are path prefixes where a foreign page is refused whatever
    the method, since there a GET has effects (Engine.IO). `allowed` are further origins such as
    `https://chat.example.org`; they may read answers, and their cookies are dropped. `unsigned` are paths at which the
    cookie authenticates nobody, such as the one to sign in at: a program that kept one from before may use them.

    Raises:
        ValueError: an entry of `allowed` is not an origin.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        cookie: str,
        guarded: Sequence[str] = (),
        allowed: Iterable[str] = (),
        unsigned: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._unsigned = frozenset(unsigned)
        self._cookie = cookie
        self._guarded = tuple(guarded)
        self._allowed = frozenset(_configured(text) for text in allowed)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] not in DOOR_SCOPES:
            return self._app(scope, receive, send)
        sender = self._sender(scope)
        if sender is Sender.ALLOWED:
            scope = _without_cookies(scope)
        send = self._with_cors(scope, sender, send)
        if self._is_refused(scope, sender):
            return refuse(scope, receive, send, Problem(403, "forbidden", _detail(sender)))
        if sender is Sender.ALLOWED and _is_preflight(scope):
            return _answer_preflight(scope, receive, send)
        return self._app(scope, receive, send)

    def _sender(self, scope: Scope) -> Sender:
        text = header(scope, b"origin")
        if text is None:
            hidden = header(scope, b"sec-fetch-site") in FOREIGN_SITES
            navigation = header(scope, b"sec-fetch-mode") == b"navigate"
            return Sender.FOREIGN if hidden and not navigation else Sender.UNSAID
        origin = parse_origin(text.decode("latin-1"))
        if origin is None:
            return Sender.FOREIGN
        if origin == request_origin(scope):
            return Sender.SAME
        return Sender.ALLOWED if origin in self._allowed else Sender.FOREIGN

    def _is_refused(self, scope: Scope, sender: Sender) -> bool:
        if sender in {Sender.SAME, Sender.ALLOWED}:
            return False
        foreign = sender is Sender.FOREIGN
        if scope["type"] == "websocket" or any(is_under(scope["path"], prefix) for prefix in self._guarded):
            return foreign
        if scope["method"] in SAFE_METHODS:
            return foreign and _is_preflight(scope)
        has_cookie = self._cookie in parse_cookie(cookie_header(scope))
        has_token = _has_token(scope)
        # Without a token a foreign request is a form post: with the cookie it acts as the user, without it
        # logs the user in as somebody else.
        if foreign:
            return has_cookie or not has_token
        return has_cookie and not has_token and scope["path"] not in self._unsigned

    def _with_cors(self, scope: Scope, sender: Sender, send: Send) -> Send:
        """Replace the CORS headers of whatever answers, so that there is one policy."""

        async def send_with_cors(message: Message) -> None:
            if message["type"] in RESPONSE_STARTS:
                kept = [item for item in message.get("headers", ()) if not item[0].lower().startswith(_CORS)]
                if sender is Sender.ALLOWED:
                    kept.append((b"access-control-allow-origin", header(scope, b"origin") or b""))
                    kept.append((b"access-control-expose-headers", EXPOSED_HEADERS))
                message = {**message, "headers": kept}
                if self._allowed:
                    message = with_vary(message, b"Origin")
            await send(message)

        return send if sender is Sender.ALLOWED and _is_preflight(scope) else send_with_cors


def request_origin(scope: Scope) -> Origin | None:
    """The origin that a request was made to, as the server sees it; `None` without one valid `Host`.

    Hypercorn puts `:authority` of HTTP/2 and HTTP/3 into the `host` header.
    """
    authority = parse_authority((header(scope, b"host") or b"").decode("latin-1"))
    return origin_of(scope.get("scheme") or "http", authority) if authority else None  # optional (ASGI, HTTP scope)


def _configured(text: str) -> Origin:
    origin = parse_origin(text)
    if origin is None:
        raise ValueError(f"{text!r} is not an origin. Write scheme, host and port only: https://chat.example.org")
    return origin


def _without_cookies(scope: Scope) -> Scope:
    """What a page of another origin gets: browsers send cookies with its websockets whatever CORS says."""
    return {**scope, "headers": [item for item in scope["headers"] if item[0].lower() != b"cookie"]}


def _has_token(scope: Scope) -> bool:
    """Whether a bearer token is there; a browser adds `Basic` by itself, but never `Bearer`."""
    return (header(scope, b"authorization") or b"").lower().startswith(b"bearer ")


def _is_preflight(scope: Scope) -> bool:
    return scope.get("method") == "OPTIONS" and header(scope, b"access-control-request-method") is not None


async def _answer_preflight(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [
        (b"access-control-allow-origin", header(scope, b"origin") or b""),
        (b"access-control-allow-methods", ALLOWED_METHODS),
        (b"access-control-allow-headers", ALLOWED_HEADERS),
        (b"access-control-max-age", b"%d" % PREFLIGHT_SECONDS),
        (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        *await discard(scope, receive),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _detail(sender: Sender) -> str:
    if sender is Sender.FOREIGN:
        return "Pages of another origin may not do this. If it is yours, allow it, or trust the proxy that changes it."
    return "With the session cookie this needs an Origin header of this server. Programs use a bearer token."
