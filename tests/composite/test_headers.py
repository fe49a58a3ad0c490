"""Which headers every response has."""

from __future__ import annotations

import pytest

from hubbub.composite.headers import CONTENT_SECURITY_POLICY, HeadersMiddleware
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.types import Receive, Scope, Send
from tests.support.asgi_calls import Recorder, call, http_scope, websocket_scope

NAMES = {
    "content-security-policy",
    "permissions-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    await send_problem(scope, send, Problem(404, "not_found", "Nothing here."))


@pytest.mark.parametrize("scope", [http_scope(), websocket_scope()], ids=["http", "websocket"])
async def test_every_response_has_them(scope: Scope) -> None:
    reply = await call(HeadersMiddleware(refusing), scope)
    assert reply.headers.keys() >= NAMES
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_policy_has_no_hole() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; script-src 'self'; ")


async def test_an_accepted_websocket_has_none() -> None:
    reply = await call(HeadersMiddleware(Recorder()), websocket_scope())
    assert reply.headers == {}


async def test_the_application_has_the_last_word() -> None:
    inner = Recorder(headers=[("Content-Security-Policy", "sandbox")])
    reply = await call(HeadersMiddleware(inner), http_scope())
    assert reply.headers["content-security-policy"] == "sandbox"
    assert len([name for name, _ in reply.start["headers"] if name == b"content-security-policy"]) == 1


async def test_policies_are_parameters() -> None:
    app = HeadersMiddleware(Recorder(), content_security_policy="default-src 'self'", permissions_policy="usb=()")
    reply = await call(app, http_scope())
    assert reply.headers["content-security-policy"] == "default-src 'self'"
    assert reply.headers["permissions-policy"] == "usb=()"


@pytest.mark.parametrize(
    ("scheme", "seconds", "expected"), [("https", 60, "max-age=60"), ("http", 60, None), ("https", None, None)]
)
async def test_transport_security_only_over_tls_and_only_if_asked(
    scheme: str, seconds: int | None, expected: str | None
) -> None:
    reply = await call(HeadersMiddleware(Recorder(), hsts_seconds=seconds), http_scope(scheme=scheme))
    assert reply.headers.get("strict-transport-security") == expected


async def test_lifespan_passes_through() -> None:
    inner = Recorder()
    await call(HeadersMiddleware(inner), {"type": "lifespan"}, [])
    assert inner.scope == {"type": "lifespan"}
