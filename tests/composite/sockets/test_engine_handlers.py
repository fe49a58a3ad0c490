"""Raw Engine.IO: the handlers of `engineio.AsyncServer.on` on our sessions."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import engineio
import pytest

from hubbub.composite.sockets.engine_handlers import arguments_for
from hubbub.composite.sockets.engineio_fence import EngineServer
from hubbub.composite.sockets.limits import SocketLimits
from tests.support.asgi_calls import call, http_scope
from tests.support.engine_clients import Polling, WebSocket, query


class World:
    """A server that remembers, and echoes."""

    def __init__(self, limits: SocketLimits | None = None) -> None:
        self.server = EngineServer(limits=limits)
        self.app = engineio.ASGIApp(self.server, engineio_path="socket.io")
        self.told: list[Any] = []
        self.verdict: object = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.gone = asyncio.Event()
        self.server.on("connect", self.connect)
        self.server.on("message", self.message)
        self.server.on("disconnect", self.disconnect)

    def connect(self, sid: str, environ: dict[str, Any]) -> object:
        self.told.append(environ["REMOTE_ADDR"])
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict

    async def message(self, sid: str, data: object) -> None:
        await self.gate.wait()
        await self.server.save_session(sid, {"last": data})
        await self.server.send(sid, data)

    async def disconnect(self, sid: str, reason: str) -> None:
        self.told.append((await self.server.get_session(sid), reason))
        self.gone.set()


async def test_messages_are_echoed_in_order() -> None:
    world = World()
    client = await Polling.open(world.app)
    assert await client.post("4a", "4b", "bAQ==") == 200
    packets: list[str] = []
    while len(packets) < 3:
        packets += await client.poll()
    assert packets == ["4a", "4b", "bAQ=="]


async def test_the_session_is_there_until_disconnect_was_handled() -> None:
    world = World()
    client = await Polling.open(world.app)
    await client.post("4a", "1")
    await world.gone.wait()
    assert world.told == ["192.0.2.1", ({"last": "a"}, "client disconnect")]
    await asyncio.sleep(0)
    with pytest.raises(KeyError):
        await world.server.get_session(client.sid)


@pytest.mark.parametrize(("verdict", "message"), [(False, "Unauthorized"), ("no", "no"), (KeyError(), "Unauthorized")])
async def test_a_connect_handler_can_refuse(verdict: object, message: str, caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.verdict = verdict
    made = await call(world.app, http_scope("/socket.io/", query_string=query("polling")))
    assert (made.status, made.document) == (401, {"message": message})
    assert world.server.sockets == {}
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == isinstance(verdict, Exception)


async def test_who_sends_faster_than_is_handled_is_closed() -> None:
    world = World(SocketLimits(inbox_events=2))
    world.gate.clear()
    client = await Polling.open(world.app)
    assert await client.post(*["4a"] * 10) == 400
    assert world.server.sockets == {}
    world.gate.set()
    await world.gone.wait()


async def test_who_never_reads_is_closed() -> None:
    world = World(SocketLimits(outbox_packets=2))
    socket = await WebSocket.open(world.app, reads=False)
    for _ in range(10):
        socket.send("4a")
    await world.gone.wait()
    assert world.server.sockets == {}
    await socket.end()


async def test_a_disconnect_handler_that_raises_type_error_runs_once(caplog: pytest.LogCaptureFixture) -> None:
    server = EngineServer()
    app = engineio.ASGIApp(server, engineio_path="socket.io")
    ran: list[str] = []

    @server.on("disconnect")  # type: ignore[untyped-decorator]  # engineio ships no types
    def disconnect(sid: str, reason: str) -> None:
        ran.append(reason)
        raise TypeError("a fault of the handler's own")

    await (await WebSocket.open(app)).end()
    await asyncio.sleep(0)
    assert ran == ["transport close"]
    assert len(caplog.records) == 1


def test_a_handler_gets_as_many_arguments_as_it_takes() -> None:
    assert arguments_for(lambda sid, reason: None, ("sid", "why")) == ("sid", "why")
    assert arguments_for(lambda sid: None, ("sid", "why")) == ("sid",)
    assert arguments_for(lambda *all_of_them: None, ("sid", "why")) == ("sid", "why")
    assert arguments_for(lambda: None, ("sid", "why")) == ("sid", "why")
    assert arguments_for(min, ("sid", "why")) == ("sid", "why")
