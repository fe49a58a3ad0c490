"""Versions that nobody has read from inside: the hooks on the library's own server, over a real Hypercorn."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import engineio
import pytest

from hubbub.composite.socket_server import SocketServer
from hubbub.composite.sockets import engineio_fence, socketio_fence
from hubbub.composite.sockets.frames import Bundle
from tests.support.deadline import eventually
from tests.support.hypercorn_here import hypercorn_here
from tests.support.socket_application import SocketApplication
from tests.support.sockets import Refused, SocketClient


@pytest.fixture(params=[engineio_fence, socketio_fence], ids=["engineio", "socketio"], autouse=True)
def unknown_version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request.param, "is_known", lambda: False)


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[tuple[SocketApplication, SocketClient]]:
    world = SocketApplication()
    async with hypercorn_here(world.app, folder) as address:
        async with await SocketClient.connect(address, tls=False, ready=False) as client:
            yield world, client
        await world.gone.wait()


def test_it_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    server = SocketServer()
    assert type(server.eio) is engineio.AsyncServer
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_the_hooks_work(tmp_path: Path) -> None:
    async with connected(tmp_path) as (world, client):
        assert await client.ask("say", 1) == {"heard": [1]}
        await client.wait_for("said")
        assert await client.ask("fail") == {"failed": "fail", "why": "ZeroDivisionError"}
        world.connection.replace_outbox('42["said",2]')
        await client.wait_for("said", lambda data: data == 2)
        world.connection.send_all(Bundle(['42["said",3]', '42["said",4]']))
        await client.wait_for("said", lambda data: data == 4)
        assert [event.data for event in client.events if event.name == "said"][-3:] == [2, 3, 4]
        assert world.connection.transport == "websocket"
        assert world.server.get_environ(world.connection.id) is not None
        assert world.server.connections == [world.connection]
    assert len(world.left) == 1


async def test_a_refusal_has_its_data(tmp_path: Path) -> None:
    world = SocketApplication()
    async with hypercorn_here(world.app, tmp_path) as address:
        with pytest.raises(Refused) as refused:
            await SocketClient.connect(address, tls=False, token="wrong", ready=False)
    assert refused.value.code == "unauthenticated"
    assert world.server.counters.refused == 1


async def test_events_are_handled_one_at_a_time_and_too_many_are_answered(tmp_path: Path) -> None:
    async with connected(tmp_path) as (world, client):
        world.gate.clear()
        for number in range(7):
            await client.send("wait", number)
        await eventually(lambda: world.server.counters.busy == 2, "the bound")
        world.gate.set()
        await eventually(lambda: len(world.heard) == 5, "the rest")
        assert [arguments for _, arguments in world.heard] == [[number] for number in range(5)]


async def test_it_can_close_one_and_all(tmp_path: Path) -> None:
    async with connected(tmp_path) as (world, client):
        world.connection.close("revoked")
        await client.wait_for_end()
    assert world.left == ["revoked"]
    async with connected(tmp_path) as (world, client):
        await world.server.drain('42["said",1]')
        await client.wait_for_end()
        assert [event.name for event in client.events] == ["said"]


async def test_the_librarys_disconnect_is_the_librarys(tmp_path: Path) -> None:
    async with connected(tmp_path) as (world, client):
        await world.server.disconnect(world.connection.id)
        await client.wait_for_end()
    assert world.left == ["server disconnect"]
