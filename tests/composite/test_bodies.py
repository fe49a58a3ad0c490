"""What the application sees of bodies, and what it never sees."""

from __future__ import annotations

import asyncio

from hubbub.composite.bodies import BodiesMiddleware
from hubbub.composite.body_reading import BodyLimits
from hubbub.composite.types import Message, Receive, Scope, Send
from tests.support.asgi_calls import Call, Recorder, body_events, call, http_scope, websocket_scope

SMALL = BodyLimits(keep_bytes=10, discard_bytes=20, seconds=5.0)


async def test_the_application_gets_the_whole_body_at_once() -> None:
    events: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        events.append(await receive())

    for method in ("POST", "GET", "HEAD", "DELETE"):
        await call(BodiesMiddleware(app), http_scope(method=method), body_events(b"12", b"34"))
    assert events == [{"type": "http.request", "body": b"1234", "more_body": False}] * 4


async def test_after_the_body_comes_the_disconnect_and_not_before_it_happens() -> None:
    order: list[str] = []
    waiting = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        waiting.set()
        order.append((await receive())["type"])

    made = Call(body_events(b"12"))
    task = asyncio.ensure_future(BodiesMiddleware(app)(http_scope(method="POST"), made.receive, made.send))
    await waiting.wait()
    assert order == []
    made.closed.set()
    await task
    assert order == ["http.disconnect"]


async def test_a_body_over_the_limit_is_read_and_refused() -> None:
    inner = Recorder()
    reply = await call(BodiesMiddleware(inner, limits=SMALL), http_scope(method="POST"), body_events(b"x" * 11))
    assert (reply.status, reply.document["code"]) == (413, "too_large")
    assert "connection" not in reply.headers
    assert inner.scopes == []


async def test_beyond_all_bounds_the_connection_ends() -> None:
    app = BodiesMiddleware(Recorder(), limits=SMALL)
    reply = await call(app, http_scope(method="POST"), body_events(b"x" * 31))
    assert (reply.status, reply.headers["connection"]) == (413, "close")


async def test_a_slow_body_is_refused() -> None:
    app = BodiesMiddleware(Recorder(), limits=BodyLimits(seconds=0.01))
    reply = await call(app, http_scope(method="POST"), [])
    assert (reply.status, reply.document["code"]) == (400, "invalid_request")
    assert "0.01 seconds" in reply.document["detail"]


async def test_a_client_that_left_is_not_answered() -> None:
    inner = Recorder()
    reply = await call(BodiesMiddleware(inner), http_scope(method="POST"), [{"type": "http.disconnect"}])
    assert reply.messages == inner.scopes == []


async def test_paths_have_limits_of_their_own_and_the_longest_prefix_wins() -> None:
    overrides = {"/up": BodyLimits(keep_bytes=20), "/up/small": BodyLimits(keep_bytes=5)}
    app = BodiesMiddleware(Recorder(), limits=SMALL, overrides=overrides)
    for path, size, status in [
        ("/", 11, 413), ("/up", 20, 200), ("/up/x", 21, 413), ("/up/small", 6, 413), ("/upper", 11, 413),
    ]:  # fmt: skip
        assert (await call(app, http_scope(path, "POST"), body_events(b"x" * size))).status == status


async def test_all_bodies_together_are_bounded_and_released() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        entered.set()
        await leave.wait()

    bodies = BodiesMiddleware(app, total_bytes=10)
    first = asyncio.create_task(call(bodies, http_scope(method="POST"), body_events(b"x" * 8)))
    await entered.wait()
    assert bodies.held_bytes == 8
    reply = await call(bodies, http_scope(method="POST"), body_events(b"x" * 3))
    assert (reply.status, reply.document["code"]) == (503, "server_busy")
    assert bodies.held_bytes == 8
    leave.set()
    await first
    assert bodies.held_bytes == 0


async def test_websockets_and_lifespan_pass_through() -> None:
    inner = Recorder()
    scopes: list[Scope] = [websocket_scope(), {"type": "lifespan"}]
    for scope in scopes:
        await call(BodiesMiddleware(inner), scope)
    assert [scope["type"] for scope in inner.scopes] == ["websocket", "lifespan"]
