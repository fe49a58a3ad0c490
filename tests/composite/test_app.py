"""The composite application in memory, with applications of a few lines inside."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
import socketio
from quart import Quart

from hubbub.composite import CompositeApp, Drain, Problem
from hubbub.composite.request_id import RequestIdMiddleware
from hubbub.composite.scopes import SERVER_SEND
from hubbub.composite.sockets.engineio_fence import EngineServer
from hubbub.composite.types import ASGIApp, Middleware, Receive, Scope, Send
from tests.support.asgi_calls import Call, Recorder, body_events, call, http_scope, websocket_scope
from tests.support.engine_clients import Polling


class Engine:
    """Stands for a Socket.IO server: notes the scopes that reach it."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"engine"})


class Files:
    """A `StaticHandler` with one file."""

    def matches(self, scope: Scope) -> bool:
        return bool(scope["path"] == "/file")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"file"})


@pytest.mark.seed("1.2")
@pytest.mark.parametrize("path", ["/socket.io", "/socket.io/", "/socket.io/more"])
async def test_socketio_has_its_path_and_all_below(path: str) -> None:
    engine = Engine()
    await call(CompositeApp(engine, Recorder()), http_scope(path))
    assert engine.paths == [path]


@pytest.mark.seed("1.2")
@pytest.mark.parametrize("path", ["/", "/socket.iox", "/a/socket.io/", "/socket"])
async def test_every_other_path_reaches_the_application_inside(path: str) -> None:
    engine, inner = Engine(), Recorder()
    await call(CompositeApp(engine, inner), http_scope(path))
    assert (engine.paths, [scope["path"] for scope in inner.scopes]) == ([], [path])


async def test_without_a_path_socketio_has_everything() -> None:
    engine = Engine()
    await call(CompositeApp(engine, Recorder(), socketio_path=None), http_scope("/any"))
    assert engine.paths == ["/any"]


@pytest.mark.seed("4.4", "4.5")
async def test_several_servers_and_guests_have_the_longest_path_each() -> None:
    main, further, guest = Engine(), Engine(), Recorder()
    app = CompositeApp(main, Recorder(), servers={"/further/": further}, guests={"/socket.io/guest": guest})
    for path in ("/socket.io/", "/socket.io/guest", "/further/x"):
        await call(app, http_scope(path))
    assert (main.paths, further.paths) == (["/socket.io/"], ["/further/x"])
    assert guest.scope["path"] == "/socket.io/guest/"


async def test_guests_and_servers_come_before_files() -> None:
    guest = Recorder()
    app = CompositeApp(None, static_files=Files(), guests={"/file": guest})
    assert (await call(app, http_scope("/file"))).body == b"ok"


async def test_without_a_server_its_path_is_nobodys() -> None:
    assert (await call(CompositeApp(), http_scope("/socket.io/"))).status == 404


async def test_routes_are_about_the_path_below_the_root() -> None:
    """As the guest of another one, or behind a server that is told where it is mounted."""
    engine, inner = Engine(), Recorder()
    app = CompositeApp(engine, inner, static_files=Files())
    assert (await call(app, http_scope("/chat/socket.io/", root_path="/chat"))).body == b"engine"
    await call(app, http_scope("/chat/other", root_path="/chat"))
    assert inner.scope["path"] == "/chat/other"


@pytest.mark.parametrize("path", ["/socket.io", "/further", "further"])
def test_a_path_that_is_taken_or_is_none_is_a_mistake(path: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        CompositeApp(Engine(), servers={"/further": Engine()}, guests={path: Recorder()})


async def test_files_come_before_the_application_inside() -> None:
    inner = Recorder()
    app = CompositeApp(Engine(), inner, static_files=Files())
    assert (await call(app, http_scope("/file"))).body == b"file"
    await call(app, http_scope("/other"))
    await call(app, websocket_scope("/file"))
    assert [scope["path"] for scope in inner.scopes] == ["/other", "/file"]


async def test_a_mapping_serves_files_by_get_and_head_only(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>page")
    inner = Recorder()
    app = CompositeApp(Engine(), inner, static_files={"/files": str(tmp_path)})
    assert (await call(app, http_scope("/files/page.html"))).body == b"<p>page"
    assert (await call(app, http_scope("/files/page.html", method="HEAD"))).status == 200
    await call(app, http_scope("/files/page.html", method="POST"))
    await call(app, http_scope("/files/none.html"))
    assert [scope["path"] for scope in inner.scopes] == ["/files/page.html", "/files/none.html"]


@pytest.mark.seed("4.11")
async def test_where_nothing_answers_a_request_gets_a_problem() -> None:
    made = await call(CompositeApp(Engine()), http_scope("/nothing"))
    assert (made.status, made.document["code"]) == (404, "not_found")


@pytest.mark.seed("4.11")
async def test_where_nothing_answers_a_websocket_is_refused() -> None:
    refused = await call(CompositeApp(Engine()), websocket_scope("/nothing"))
    assert refused.start["type"] == "websocket.http.response.start"
    assert refused.status == 404
    old = await call(CompositeApp(Engine()), websocket_scope("/nothing", extensions={}))
    assert [message["type"] for message in old.messages] == ["websocket.close"]


async def test_not_found_can_be_replaced_as_the_library_documents_it() -> None:
    class App(CompositeApp):
        async def not_found(self, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b"gone fishing"})

    assert (await call(App(Engine()), http_scope("/"))).body == b"gone fishing"


class TestErrors:
    async def test_become_a_problem_and_one_line_with_the_request_id(self, caplog: pytest.LogCaptureFixture) -> None:
        made = await call(_failing(KeyError("mistake")), http_scope("/broken"))
        assert (made.status, made.document["code"]) == (500, "internal")
        assert "mistake" not in made.document["detail"]
        (record,) = caplog.records
        assert made.document["request_id"] in record.getMessage()
        assert made.headers["x-request-id"] == made.document["request_id"]
        assert record.exc_info is not None

    async def test_that_are_problems_keep_their_status_and_are_not_logged(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        made = await call(_failing(Problem(409, "conflict", "Taken.")), http_scope("/"))
        assert (made.status, made.document["detail"]) == (409, "Taken.")
        assert caplog.records == []

    async def test_refuse_a_websocket_that_was_not_accepted(self) -> None:
        made = await call(_failing(KeyError()), websocket_scope("/"))
        assert made.status == 500

    async def test_close_a_websocket_that_was_accepted(self) -> None:
        async def inner(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "websocket.accept"})
            raise KeyError

        made = await call(CompositeApp(Engine(), inner), websocket_scope("/"))
        assert made.messages[-1] == {"type": "websocket.close", "code": 1011, "reason": "internal"}

    async def test_after_the_start_of_an_answer_end_it_there(self) -> None:
        async def inner(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise KeyError

        made = await call(CompositeApp(Engine(), inner), http_scope("/"))
        assert [message["type"] for message in made.messages] == ["http.response.start"]

    async def test_in_middleware_are_caught_as_well(self) -> None:
        def broken(app: ASGIApp) -> ASGIApp:
            async def handle(scope: Scope, receive: Receive, send: Send) -> None:
                raise KeyError

            return handle

        made = await call(CompositeApp(Engine(), middleware=[broken]), http_scope("/"))
        assert made.status == 500


@pytest.mark.seed("1.4")
async def test_middleware_goes_around_every_route_the_first_outermost() -> None:
    seen: list[str] = []

    def named(name: str) -> Middleware:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def handle(scope: Scope, receive: Receive, send: Send) -> None:
                seen.append(name)
                await app(scope, receive, send)

            return handle

        return wrap

    app = CompositeApp(Engine(), Recorder(), static_files=Files(), middleware=[named("outer"), named("inner")])
    for path in ("/socket.io/", "/file", "/", "/none"):
        await call(app, http_scope(path))
    assert seen == ["outer", "inner"] * 4


class TestWebsocketHeaders:
    async def test_of_http_2_are_completed(self) -> None:
        inner = Recorder()
        await call(CompositeApp(Engine(), inner), websocket_scope("/", {"host": "here"}, http_version="2"))
        headers = dict(inner.scopes[0]["headers"])
        assert headers == {b"host": b"here", b"upgrade": b"websocket", b"connection": b"Upgrade"}

    async def test_of_http_1_stay_as_they_are(self) -> None:
        inner = Recorder()
        given = {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket"}
        await call(CompositeApp(Engine(), inner), websocket_scope("/", given))
        assert dict(inner.scopes[0]["headers"]) == {b"connection": b"keep-alive, Upgrade", b"upgrade": b"WebSocket"}


async def test_the_servers_own_send_is_in_the_scope() -> None:
    inner = Recorder()
    made = Call(body_events())
    scope = http_scope("/")
    await CompositeApp(Engine(), inner)(scope, made.receive, made.send)
    assert inner.scopes[0][SERVER_SEND] == made.send
    assert SERVER_SEND not in scope


async def test_inside_another_one_it_is_still_the_servers_own() -> None:
    inner = Recorder()
    made = Call(body_events())
    await CompositeApp(Engine(), CompositeApp(Engine(), inner))(http_scope("/"), made.receive, made.send)
    assert inner.scopes[0][SERVER_SEND] == made.send


async def test_the_end_closes_the_sessions_that_nobody_closed(caplog: pytest.LogCaptureFixture) -> None:
    engine = EngineServer()
    app = CompositeApp(engine, drain=Drain())
    session = await Polling.open(app)
    poll = session.start("GET")
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    await call(app, {"type": "lifespan", "state": {}}, events)
    await poll.task
    assert (poll.body, engine.sockets) == (b"1", {})
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_while_draining_requests_are_sent_away() -> None:
    drain = Drain()
    app = CompositeApp(Engine(), Recorder(), drain=drain)
    drain.begin()
    made = await call(app, http_scope("/"))
    assert (made.status, made.document["code"]) == (503, "server_busy")
    assert int(made.headers["retry-after"]) >= 1
    assert (await call(app, websocket_scope("/"))).status == 503
    await drain.finish()


async def test_an_answer_that_ends_while_draining_ends_its_connection() -> None:
    drain = Drain()

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        drain.begin()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body", "body": b""})

    first = await call(CompositeApp(Engine(), inner, drain=drain), http_scope("/"))
    assert first.headers == {"x": "y", "connection": "close"}
    await drain.finish()


async def test_a_second_protocol_version_has_no_connection_header() -> None:
    drain = Drain()

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        drain.begin()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    made = await call(CompositeApp(Engine(), inner, drain=drain), http_scope("/", http_version="2"))
    assert made.headers == {}
    await drain.finish()


class TestLifespan:
    async def test_without_anything_of_our_own_belongs_to_the_application_inside(self) -> None:
        inner = Recorder()
        scope: dict[str, Any] = {"type": "lifespan"}
        await call(CompositeApp(Engine(), inner), scope, [])
        assert inner.scopes[0] is scope

    async def test_runs_hooks_and_the_application_inside(self) -> None:
        order: list[str] = []
        quart = Quart("inner")
        quart.before_serving(lambda: order.append("inner started"))
        quart.after_serving(lambda: order.append("inner stopped"))
        sio = socketio.AsyncServer(async_mode="asgi")
        app = CompositeApp(sio, quart, on_startup=lambda: order.append("up"), on_shutdown=lambda: order.append("down"))
        events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        made = await call(app, {"type": "lifespan", "state": {}}, events)
        assert [message["type"] for message in made.messages] == [
            "lifespan.startup.complete",
            "lifespan.shutdown.complete",
        ]
        assert order == ["up", "inner started", "inner stopped", "down"]

    async def test_starts_guests_last_and_stops_them_first(self) -> None:
        order: list[str] = []

        def named(name: str) -> Quart:
            quart = Quart(name)
            quart.before_serving(lambda: order.append(f"{name} started"))
            quart.after_serving(lambda: order.append(f"{name} stopped"))
            return quart

        app = CompositeApp(None, named("inner"), guests={"/a": named("a"), "/b": named("b"), "/c": Recorder()})
        await call(app, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        assert order == [f"{name} started" for name in ("inner", "a", "b")] + [
            f"{name} stopped" for name in ("b", "a", "inner")
        ]

    async def test_a_guest_that_does_not_start_undoes_the_others(self, caplog: pytest.LogCaptureFixture) -> None:
        order: list[str] = []
        quart = Quart("inner")
        quart.after_serving(lambda: order.append("inner stopped"))

        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no database"})
            raise OSError("no database")

        app = CompositeApp(None, quart, guests={"/broken": broken}, on_startup=lambda: order.append("up"))
        made = await call(app, {"type": "lifespan"}, [{"type": "lifespan.startup"}])
        assert made.messages == [{"type": "lifespan.startup.failed", "message": "no database"}]
        assert order == ["up", "inner stopped"]
        (record,) = caplog.records
        assert "no database" in record.getMessage()

    async def test_ends_handlers_before_the_hooks_of_the_shutdown(self, caplog: pytest.LogCaptureFixture) -> None:
        """Quart handles in a second task, which must be gone before the database is."""
        order: list[str] = []
        quart = Quart("inner")
        started = asyncio.Event()

        @quart.get("/")
        async def sleep() -> str:
            started.set()
            try:
                await asyncio.sleep(60)
            finally:
                order.append("handler ended")
            return ""

        app = CompositeApp(Engine(), quart, on_shutdown=lambda: order.append("database closed"))
        request = Call(body_events())
        handling = asyncio.create_task(app(http_scope("/"), request.receive, request.send))
        await started.wait()
        await call(app, {"type": "lifespan", "state": {}}, [{"type": "lifespan.shutdown"}])
        await handling
        assert order == ["handler ended", "database closed"]
        assert (request.status, request.document["code"]) == (503, "server_busy")
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def _failing(error: Exception) -> CompositeApp:
    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return CompositeApp(Engine(), inner, middleware=[RequestIdMiddleware])
