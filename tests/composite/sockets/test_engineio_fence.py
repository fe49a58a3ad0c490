from __future__ import annotations

import asyncio
import logging
from typing import Any

import engineio
import pytest
from engineio import packet as library_packet

from hubbub.composite.sockets import engineio_fence
from hubbub.composite.sockets.engineio_fence import EngineServer
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.types import Receive, Scope, Send
from tests.support.asgi_calls import call, http_scope, websocket_scope
from tests.support.engine_clients import Polling, WebSocket, query
from tests.support.socket_application import SocketApplication


@pytest.fixture
def world() -> SocketApplication:
    return SocketApplication()


def test_the_installed_library_is_the_one_that_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engineio_fence.is_known()
    monkeypatch.setattr(engineio_fence, "version", lambda _name: "99.0.0")
    assert not engineio_fence.is_known()


def test_it_is_the_librarys_server() -> None:
    server = EngineServer()
    assert isinstance(server, engineio.AsyncServer)
    assert (server.async_mode, server.sockets) == ("asgi", {})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
async def test_a_session_starts_with_get(world: SocketApplication, method: str) -> None:
    made = await call(world.app, http_scope("/socket.io/", method, query_string=query("polling")))
    assert (made.status, made.document) == (400, {"code": 2, "message": "Bad handshake method"})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
async def test_a_session_knows_get_and_post(world: SocketApplication, method: str) -> None:
    client = await Polling.join(world.app)
    assert (await client.request(method)).status == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_guessed_session_id_is_unknown(world: SocketApplication, method: str) -> None:
    scope = http_scope("/socket.io/", method, query_string=query("polling", sid="guessed"))
    made = await call(world.app, scope)
    assert (made.status, made.document) == (400, {"code": 1, "message": "Session ID unknown"})


@pytest.mark.parametrize("asked", [b"", b"EIO=4", b"EIO=4&transport=polling", b"EIO=3&transport=websocket",
                                   b"EIO=4&transport=websocket&sid=guessed"])  # fmt: skip
async def test_a_websocket_that_is_not_of_the_protocol_is_refused(world: SocketApplication, asked: bytes) -> None:
    made = await call(world.app, websocket_scope("/socket.io/", query_string=asked))
    assert made.status == 400


async def test_the_handshake_says_what_holds() -> None:
    server = EngineServer(limits=SocketLimits(ping_interval_seconds=0.3, ping_timeout_seconds=0.2, payload_bytes=77))
    client = await Polling.open(engineio.ASGIApp(server, engineio_path="socket.io"))
    assert client.handshake == {
        "sid": client.sid,
        "upgrades": ["websocket"],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": 77,
    }
    assert server.transport(client.sid) == "polling"


async def test_a_session_beyond_the_last_is_turned_away() -> None:
    world = SocketApplication(SocketLimits(sessions=1))
    await Polling.open(world.app)
    made = await call(world.app, http_scope("/socket.io/", query_string=query("polling")))
    assert (made.status, made.headers["retry-after"]) == (503, "1")
    assert (await call(world.app, websocket_scope("/socket.io/", query_string=query("websocket")))).status == 503
    assert world.server.counters.turned_away == 2


async def test_a_body_too_long_is_read_before_it_is_refused() -> None:
    world = SocketApplication(SocketLimits(payload_bytes=10))
    events: list[Any] = [{"type": "http.request", "body": b"x" * 10, "more_body": True}] * 3
    events.append({"type": "http.request", "body": b"", "more_body": False})
    made = await call(world.app, http_scope("/socket.io/", "POST", query_string=b"transport=polling"), events)
    assert made.status == 400
    assert next(made._events, None) is None


async def test_disconnecting_nobody_is_no_fault() -> None:
    await EngineServer().disconnect()
    await EngineServer().disconnect("nobody")


async def test_sending_to_nobody_is_no_fault() -> None:
    await EngineServer().send("nobody", "hello")
    await EngineServer().send_packet("nobody", library_packet.Packet(library_packet.MESSAGE, "hello"))
    with pytest.raises(KeyError):
        EngineServer().transport("nobody")


async def test_the_librarys_methods_send(world: SocketApplication) -> None:
    client = await Polling.open(world.app)
    engine = world.server.eio
    await engine.send(client.sid, "text")
    await engine.send(client.sid, {"json": 1})
    await engine.send(client.sid, b"\x01")
    await engine.send_packet(client.sid, library_packet.Packet(library_packet.MESSAGE, "packet"))
    assert await client.poll() == ["4text", '4{"json":1}', "bAQ==", "4packet"]


async def test_shutdown_ends_everything() -> None:
    server = EngineServer()
    app = engineio.ASGIApp(server, engineio_path="socket.io")
    client, socket = await Polling.open(app), await WebSocket.open(app)
    poll = client.start("GET")
    await asyncio.sleep(0)
    await server.shutdown()
    await poll.task
    await socket.wait_closed()
    assert poll.body == b"1"
    assert server.sockets == {}


async def test_what_is_not_taken_in_time_is_dropped() -> None:
    server = EngineServer()
    app = engineio.ASGIApp(server, engineio_path="socket.io")
    client = await Polling.open(app)
    socket = await WebSocket.open(app, reads=False)
    await server.send(next(sid for sid in server.sockets if sid != client.sid), "never read")
    await server.close_all(0.01)
    assert server.sockets == {}
    assert await client.poll() == ["gone"]
    await socket.end()


async def test_a_client_that_leaves_in_the_middle_is_no_fault(
    world: SocketApplication, caplog: pytest.LogCaptureFixture
) -> None:
    scope = http_scope("/socket.io/", "POST", query_string=query("polling", sid="guessed"))
    made = await call(world.app, scope, [{"type": "http.disconnect"}])
    assert made.messages == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


class Others:
    """Another process, which has every session whose id begins with `other`."""

    def __init__(self, *, is_there: bool = True, breaks_off: bool = False) -> None:
        self.carried: list[str] = []
        self._is_there = is_there
        self._breaks_off = breaks_off

    def name_session(self, random: str) -> str:
        return f"own-{random}"

    def has(self, sid: str) -> bool:
        return sid.startswith("other")

    async def carry(self, sid: str, scope: Scope, receive: Receive, send: Send, *, patience: float) -> bool:
        assert patience > 0
        self.carried.append(sid)
        if self._breaks_off:
            raise ConnectionResetError
        if self._is_there:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"from there"})
        return self._is_there


async def test_a_session_of_another_process_is_served_there() -> None:
    others = Others()
    server = EngineServer(elsewhere=others)
    opened = await call(server.handle_request, http_scope("/engine.io/", query_string=query("polling")))
    assert b'"sid":"own-' in opened.body
    made = await call(server.handle_request, http_scope("/engine.io/", query_string=query("polling", sid="other-1")))
    assert (made.status, made.body, others.carried) == (200, b"from there", ["other-1"])
    await server.close_all(0.01)  # its client does not poll


async def test_a_session_of_a_process_that_is_gone_is_unknown() -> None:
    server = EngineServer(elsewhere=Others(is_there=False))
    scope = http_scope("/engine.io/", "POST", query_string=query("polling", sid="other-1"))
    made = await call(server.handle_request, scope)
    assert (made.status, made.document) == (400, {"code": 1, "message": "Session ID unknown"})
    scope = websocket_scope("/engine.io/", query_string=query("websocket", sid="other-1"))
    assert (await call(server.handle_request, scope)).status == 400


async def test_an_answer_that_breaks_off_there_is_cut_here() -> None:
    server = EngineServer(elsewhere=Others(breaks_off=True))
    made = await call(server.handle_request, http_scope("/engine.io/", query_string=query("polling", sid="other-1")))
    assert made.body == b""
