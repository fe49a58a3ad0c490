"""Whose pages may do what."""

from __future__ import annotations

import pytest

from hubbub.composite.origin import OriginMiddleware, request_origin
from hubbub.composite.scopes import cookie_header, header
from hubbub.composite.types import Scope
from tests.support.asgi_calls import Call, Pairs, Recorder, body_events, call, http_scope, websocket_scope

HOST = ("Host", "chat.example.org")
OWN = ("Origin", "https://chat.example.org")
ALLOWED = ("Origin", "https://app.example.net:8443")
FOREIGN = ("Origin", "https://evil.example")
NULL = ("Origin", "null")
COOKIE = ("Cookie", "other=1; session=secret")
BEARER = ("Authorization", "Bearer token")
CROSS_SITE = ("Sec-Fetch-Site", "cross-site")
SAME_SITE = ("Sec-Fetch-Site", "same-site")
NAVIGATE = ("Sec-Fetch-Mode", "navigate")
PREFLIGHT = ("Access-Control-Request-Method", "POST")


async def ask(
    *headers: tuple[str, str], method: str = "GET", path: str = "/api/v1/rooms", inner: Recorder | None = None
) -> Call:
    scope = http_scope(path, method, headers=[HOST, *headers], scheme="https")
    return await call(door(inner), scope, body_events(b"12"))


def door(inner: Recorder | None = None) -> OriginMiddleware:
    return OriginMiddleware(
        inner or Recorder(),
        cookie="session",
        guarded=["/socket.io"],
        allowed=["https://app.example.net:8443"],
        unsigned=["/api/v1/sessions"],
    )


@pytest.mark.parametrize("foreign", [(FOREIGN,), (NULL,), (CROSS_SITE,), (SAME_SITE,), (FOREIGN, OWN)])
@pytest.mark.parametrize("credentials", [(), (COOKIE,), (COOKIE, BEARER)])
async def test_foreign_pages_change_nothing(foreign: Pairs, credentials: Pairs) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"):
        reply = await ask(*foreign, *credentials, method=method)
        assert (reply.status, reply.document["code"]) == (403, "forbidden")
        assert not any(name.startswith("access-control-") for name in reply.headers)


@pytest.mark.parametrize("sender", [OWN, ALLOWED])
@pytest.mark.parametrize("credentials", [(), (COOKIE,), (BEARER,)])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_own_and_allowed_pages_may_do_everything(
    sender: tuple[str, str], credentials: Pairs, method: str
) -> None:
    assert (await ask(sender, *credentials, method=method)).status == 200
    assert (await ask(sender, *credentials, method=method, path="/socket.io/")).status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("foreign", [FOREIGN, NULL, CROSS_SITE, SAME_SITE])
async def test_guarded_paths_refuse_foreign_pages_whatever_the_method(foreign: tuple[str, str], method: str) -> None:
    for path in ("/socket.io", "/socket.io/"):
        assert (await ask(foreign, method=method, path=path)).status == 403
    assert (await ask(foreign, method="GET", path="/socket.iox")).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 200),
        ((COOKIE,), 200),
        ((OWN, COOKIE), 200),
        ((ALLOWED,), 200),
        ((FOREIGN,), 403),
        ((NULL, COOKIE), 403),
        ((FOREIGN, BEARER), 403),
        ((CROSS_SITE, COOKIE), 403),
        ((("Origin", "http://chat.example.org"),), 403),
    ],
)
async def test_websockets(headers: Pairs, status: int) -> None:
    reply = await call(door(), websocket_scope("/ws", headers=[HOST, *headers], scheme="wss"))
    assert reply.start["type"] == ("websocket.accept" if status == 200 else "websocket.http.response.start")
    assert reply.start.get("status", 200) == status


async def test_programs_use_tokens_and_need_no_origin() -> None:
    assert (await ask(BEARER, method="POST")).status == 200
    assert (await ask(BEARER, COOKIE, method="POST")).status == 200
    assert (await ask(BEARER, FOREIGN, method="POST")).status == 200
    assert (await ask(method="POST")).status == 200


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpw", "bearer", "", "Bearerish x"])
async def test_the_cookie_alone_needs_an_origin_for_unsafe_methods(authorization: str) -> None:
    given = ("Authorization", authorization)
    assert (await ask(COOKIE, given, method="POST")).status == 403
    assert (await ask(COOKIE, given, method="GET")).status == 200


async def test_where_the_cookie_authenticates_nobody_only_foreign_pages_are_refused() -> None:
    assert (await ask(COOKIE, method="POST", path="/api/v1/sessions")).status == 200
    assert (await ask(COOKIE, method="POST", path="/api/v1/sessions/current")).status == 403
    for foreign in (FOREIGN, CROSS_SITE):
        assert (await ask(foreign, method="POST", path="/api/v1/sessions")).status == 403


async def test_cookies_that_http2_splits_are_seen() -> None:
    assert (await ask(("Cookie", "other=1"), ("Cookie", "session=secret"), method="POST")).status == 403


async def test_links_from_elsewhere_may_be_followed() -> None:
    assert (await ask(CROSS_SITE, NAVIGATE, COOKIE)).status == 200
    assert (await ask(CROSS_SITE, COOKIE)).status == 200


async def test_refused_requests_are_read_and_never_seen() -> None:
    inner = Recorder()
    await ask(FOREIGN, COOKIE, method="POST", inner=inner)
    assert inner.scopes == []


async def test_allowed_origins_may_read_answers_without_credentials() -> None:
    reply = await ask(ALLOWED, BEARER)
    assert reply.headers["access-control-allow-origin"] == ALLOWED[1]
    assert "retry-after" in reply.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in reply.headers
    assert reply.headers["vary"] == "Origin"


async def test_cookies_of_allowed_origins_reach_nobody() -> None:
    inner = Recorder()
    await ask(ALLOWED, COOKIE, ("Cookie", "session=split by HTTP/2"), BEARER, method="POST", inner=inner)
    await call(door(inner), websocket_scope("/socket.io/", headers=[HOST, ALLOWED, COOKIE], scheme="wss"))
    for scope in inner.scopes:
        assert cookie_header(scope) == ""
        assert header(scope, b"host") == HOST[1].encode()
    await ask(OWN, COOKIE, inner=inner)
    assert [cookie_header(scope) for scope in inner.scopes] == ["", "", COOKIE[1]]


async def test_one_policy_whatever_the_application_says() -> None:
    loose = Recorder(headers=[("Access-Control-Allow-Origin", "*"), ("access-control-allow-credentials", "true")])
    for headers in ((FOREIGN, BEARER), (OWN,), ()):
        reply = await ask(*headers, inner=loose)
        assert not any(name.startswith("access-control-") for name in reply.headers)
        assert reply.headers["vary"] == "Origin"


async def test_preflight() -> None:
    reply = await ask(ALLOWED, PREFLIGHT, method="OPTIONS")
    assert reply.status == 204
    assert reply.body == b""
    assert reply.headers["access-control-allow-origin"] == ALLOWED[1]
    assert "idempotency-key" in reply.headers["access-control-allow-headers"]
    assert "PATCH" in reply.headers["access-control-allow-methods"]
    refused = await ask(FOREIGN, PREFLIGHT, method="OPTIONS")
    assert refused.status == 403
    assert not any(name.startswith("access-control-") for name in refused.headers)


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "same"),
    [
        ("https", "chat.example.org", "https://chat.example.org:443", True),
        ("http", "chat.example.org:80", "http://chat.example.org", True),
        ("https", "CHAT.example.org", "https://chat.EXAMPLE.org", True),
        ("https", "[::1]:8443", "https://[0:0::1]:8443", True),
        ("http", "127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("http", "chat.example.org", "https://chat.example.org", False),
        ("https", "chat.example.org", "https://chat.example.org:8443", False),
        ("https", "chat.example.org", "https://chat.example.org.", False),
        ("https", "chat.example.org", "https://chat.example.org.evil.example", False),
        ("https", "chat.example.org", "https://chat.example.org@evil.example", False),
        ("https", "chat.example.org", "https://evil.example/https://chat.example.org", False),
        ("https", "", "https://", False),
        ("https", "a b", "https://a b", False),
        ("https", "null", "null", False),
    ],
)
async def test_same_origin(scheme: str, host: str, origin: str, same: bool) -> None:
    scope = http_scope("/socket.io/", headers={"Host": host, "Origin": origin}, scheme=scheme)
    assert (await call(door(), scope)).status == (200 if same else 403)


def test_two_hosts_are_none() -> None:
    assert request_origin(http_scope(headers=[("Host", "a"), ("Host", "b")])) is None
    assert request_origin(http_scope()) is None


def test_what_is_no_origin_cannot_be_allowed() -> None:
    for text in ("https://app.example/", "app.example", "*", "null"):
        with pytest.raises(ValueError, match="is not an origin"):
            OriginMiddleware(Recorder(), cookie="session", allowed=[text])


async def test_lifespan_passes_through() -> None:
    inner = Recorder()
    scope: Scope = {"type": "lifespan"}
    await call(door(inner), scope, [])
    assert inner.scope is scope
