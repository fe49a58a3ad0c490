"""Whose a session is: its id says it, and the request gets there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hubbub.composite.mesh.exchanges import Host
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.mesh.sessions import MeshSessions
from hubbub.composite.types import ASGIApp, Receive, Scope, Send
from tests.composite.mesh.test_exchanges import HELD_BYTES, HTTP, START, Client, Endless
from tests.support.deadline import DEADLINE
from tests.support.engine_clients import Polling, WebSocket
from tests.support.socket_application import SocketApplication

MANY = 400  # what a room of pollers sends when one message answers all of their polls


class Nobody:
    """A listener that has nothing to say."""

    def greeting(self) -> bytes:
        return b""

    def joined(self, name: str) -> None: ...

    def heard(self, name: str, body: bytes) -> None: ...

    def left(self, name: str) -> None: ...


@asynccontextmanager
async def two_processes(folder: Path, app: ASGIApp) -> AsyncIterator[tuple[Mesh, Mesh]]:
    """One that has the clients, and one that has the application; the earlier first."""
    here, there = Mesh(folder), Mesh(folder)
    await here.open(Nobody())
    try:
        await there.open(Nobody(), Host(app))
        yield here, there
    finally:
        await there.close()
        await here.close()


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def _break_off(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    raise OSError


async def test_a_request_is_carried_to_whoever_named_the_session(tmp_path: Path) -> None:
    async with two_processes(tmp_path, _answer) as (here, there):
        ours, theirs = MeshSessions(here), MeshSessions(there)
        sid = theirs.name_session("random")
        assert ours.has(sid)
        assert not theirs.has(sid)
        assert not ours.has(ours.name_session("random"))
        assert not ours.has("../../" + sid)
        client = Client()
        assert await ours.carry(sid, HTTP, client.receive, client.send, patience=DEADLINE)
        assert client.body == b"/socket.io/"
        await there.close()
        assert not ours.has(sid)
        assert not await ours.carry(sid, HTTP, client.receive, client.send, patience=DEADLINE)


async def test_many_that_come_at_once_are_all_served(tmp_path: Path) -> None:
    async with two_processes(tmp_path, _answer) as (here, there):
        ours, sid = MeshSessions(here), there.id + "x"
        clients = [Client() for _ in range(MANY)]
        served = await asyncio.gather(
            *(ours.carry(sid, HTTP, client.receive, client.send, patience=DEADLINE) for client in clients)
        )
        assert served == [True] * MANY
        assert {client.body for client in clients} == {b"/socket.io/"}


async def test_who_does_not_read_holds_little_of_what_is_sent(tmp_path: Path) -> None:
    endless = Endless()
    async with two_processes(tmp_path, endless) as (here, there):
        client = Client()
        client.takes.clear()
        with pytest.raises(TimeoutError):
            await MeshSessions(here).carry(there.id + "x", HTTP, client.receive, client.send, patience=0.5)
        assert endless.sent < HELD_BYTES


async def test_a_session_is_polled_posted_to_and_upgraded_by_way_of_another_process(tmp_path: Path) -> None:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await owner.server.handle_request(scope, receive, send)

    async with two_processes(tmp_path, serve) as (here, there):
        owner, other = (SocketApplication(elsewhere=MeshSessions(mesh)) for mesh in (there, here))
        near, far = await Polling.join(owner.app), Polling(other.app)
        far.sid = near.sid
        assert await far.post('42["say","by the other way"]') == 200
        assert await far.poll() == ['42["said","by the other way"]']
        socket = WebSocket(other.app, sid=near.sid)
        socket.send("2probe")
        assert await socket.receive() == "3probe"
        socket.send("5")
        socket.send('42["say","on"]')
        assert await socket.receive() == '42["said","on"]'
        await socket.end()
        await owner.gone.wait()
        assert owner.server.connections == []
        lost = await Polling.join(owner.app)
        far.sid = lost.sid
        await there.close()
        assert await far.poll() == ["gone"]
        await WebSocket(other.app, sid=lost.sid).wait_closed()


async def test_an_answer_that_breaks_off_is_said_to(tmp_path: Path) -> None:
    async with two_processes(tmp_path, _break_off) as (here, there):
        client = Client()
        with pytest.raises(ConnectionResetError):
            await MeshSessions(here).carry(there.id + "x", HTTP, client.receive, client.send, patience=DEADLINE)
