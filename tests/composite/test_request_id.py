"""Whose request ids are believed, and where they show."""

from __future__ import annotations

import pytest

from hubbub.composite.addresses import Networks
from hubbub.composite.request_id import NO_REQUEST, RequestIdMiddleware, request_id, request_id_of
from hubbub.composite.types import Receive, Scope, Send
from tests.support.asgi_calls import Recorder, call, http_scope, websocket_scope

TRUSTED = Networks(["192.0.2.0/24", "unix"])


@pytest.mark.parametrize("scope", [http_scope(), websocket_scope()], ids=["http", "websocket"])
async def test_every_scope_gets_a_fresh_id(scope: Scope) -> None:
    inner = Recorder()
    app = RequestIdMiddleware(inner)
    first, second = await call(app, scope), await call(app, scope)
    identity = inner.scopes[0]["state"]["request_id"]
    assert len(identity) >= 16
    assert first.headers["x-request-id"] == identity
    assert second.headers["x-request-id"] != identity
    assert "request_id" not in scope["state"]


async def test_logs_find_the_id_in_the_context() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([request_id.get(), request_id_of(scope), request_id_of({"type": "http"})])

    await call(RequestIdMiddleware(app, fresh=lambda: "the-only-id"), http_scope())
    assert seen == ["the-only-id"] * 3
    assert request_id.get() == NO_REQUEST


@pytest.mark.parametrize("client", [("192.0.2.9", 1), None], ids=["network", "unix"])
async def test_an_id_from_a_trusted_peer_is_kept(client: tuple[str, int] | None) -> None:
    app = RequestIdMiddleware(Recorder(), trusted=TRUSTED)
    reply = await call(app, http_scope(headers={"X-Request-ID": "from-the-proxy_1"}, client=client))
    assert reply.headers["x-request-id"] == "from-the-proxy_1"


@pytest.mark.parametrize("given", ["short", "has space in it", "x" * 129, "new\nline-here", "käse-käse-käse", ""])
async def test_an_unsafe_id_is_replaced(given: str) -> None:
    app = RequestIdMiddleware(Recorder(), trusted=TRUSTED, fresh=lambda: "fresh-fresh-fresh")
    reply = await call(app, http_scope(headers={"X-Request-ID": given}))
    assert reply.headers["x-request-id"] == "fresh-fresh-fresh"


async def test_an_id_from_anybody_else_is_replaced() -> None:
    app = RequestIdMiddleware(Recorder(), trusted=TRUSTED, fresh=lambda: "fresh-fresh-fresh")
    scope = http_scope(headers={"X-Request-ID": "from-a-stranger"}, client=("198.51.100.1", 1))
    assert (await call(app, scope)).headers["x-request-id"] == "fresh-fresh-fresh"


async def test_the_reply_has_one_id_whatever_the_application_sets() -> None:
    app = RequestIdMiddleware(Recorder(headers=[("x-request-id", "own")]), fresh=lambda: "fresh-fresh-fresh")
    reply = await call(app, http_scope())
    assert [value for name, value in reply.start["headers"] if name == b"x-request-id"] == [b"fresh-fresh-fresh"]


async def test_lifespan_passes_through() -> None:
    inner = Recorder()
    scope: Scope = {"type": "lifespan", "state": {}}
    await call(RequestIdMiddleware(inner), scope, [])
    assert inner.scope is scope
