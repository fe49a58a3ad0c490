"""The fence with a real Hypercorn in this process, and without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from hubbub.composite import hypercorn_fence
from hubbub.composite.hypercorn_fence import HypercornServer, UnknownServer, find_server
from hubbub.composite.types import Receive, Scope, Send
from tests.support.ports import ReservedPort


class Fenced:
    """An application that takes what the fence finds, and answers nothing."""

    def __init__(self) -> None:
        self.server: HypercornServer | UnknownServer | None = None
        self.started = asyncio.Event()
        self.asked = asyncio.Event()
        self.story: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            self.asked.set()
            await asyncio.Event().wait()
        self.server = server = find_server(receive)
        await receive()
        attaching = asyncio.create_task(server.drain_before_end(self._drain))
        await send({"type": "lifespan.startup.complete"})
        await attaching
        self.started.set()
        await receive()
        self.story.append("shutdown")
        await send({"type": "lifespan.shutdown.complete"})

    async def _drain(self) -> None:
        assert self.server is not None
        self.server.stop_listening()
        await self.server.wait_for_connections(0.05)
        self.story.append("waited")
        await self.server.cut_connections(1.0)
        self.story.append("cut")


@asynccontextmanager
async def hypercorn(app: Fenced) -> AsyncIterator[tuple[ReservedPort, asyncio.Event, asyncio.Task[None]]]:
    stop = asyncio.Event()
    with ReservedPort() as port:
        config = Config.from_mapping(bind=[port.bind], errorlog=None)
        serving = asyncio.create_task(serve(app, config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]
        await app.started.wait()
        yield port, stop, serving
        stop.set()
        await serving


async def test_hypercorn_waits_for_the_drain_before_it_ends() -> None:
    app = Fenced()
    async with hypercorn(app) as (port, stop, serving):
        assert isinstance(app.server, HypercornServer)
        silent = await asyncio.open_connection("127.0.0.1", port.number)
        asking = await asyncio.open_connection("127.0.0.1", port.number)
        asking[1].write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await app.asked.wait()
        stop.set()
        await serving
        assert app.story == ["waited", "cut", "shutdown"]
        for reader, writer in (silent, asking):
            assert await reader.read() == b""
            writer.close()


async def test_it_stops_when_it_is_asked_to() -> None:
    app = Fenced()
    async with hypercorn(app) as (_, _, serving):
        assert app.server is not None
        app.server.stop()
        await serving
        assert app.story[-1] == "shutdown"


async def test_two_servers_in_one_loop_are_told_apart() -> None:
    one, other = Fenced(), Fenced()
    async with hypercorn(one) as (_, stop, serving), hypercorn(other):
        stop.set()
        await serving
        assert one.story[-1] == "shutdown"
        assert other.story == []


async def test_a_server_within_somebody_elses_program_does_not_own_the_process() -> None:
    app = Fenced()
    async with hypercorn(app):
        assert isinstance(app.server, HypercornServer)
        assert not app.server.owns_process


async def test_another_version_is_left_to_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hypercorn_fence, "KNOWN_VERSIONS", frozenset({"0.0.1"}))
    app = Fenced()
    async with hypercorn(app):
        assert isinstance(app.server, UnknownServer)
    assert "is not known to this fence (0.0.1)" in caplog.text
    assert app.story == ["shutdown"]


async def test_another_server_is_left_to_itself_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    server = find_server(receive)
    assert isinstance(server, UnknownServer)
    server.stop()
    server.stop_listening()
    server.watch_signals(lambda: None)
    await server.wait_for_connections(1.0)
    await server.cut_connections(1.0)
    assert caplog.records == []
