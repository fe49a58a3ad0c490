"""Whose a session is: its id says it, and the request gets there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hubbub.composite.mesh.exchanges import Host
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.mesh.sessions import MeshSessions
from hubbub.composite.types import Receive, Scope, Send
from tests.composite.mesh.test_exchanges import HELD_BYTES, HTTP, START, Client
from tests.support.deadline import DEADLINE

MANY = 400  # what a room of pollers sends when one message answers all of their polls


class Nobody:
    """A listener that has nothing to say."""

    def greeting(self) -> bytes:
        return b""

    def joined(self, name: str) -> None: ...

    def heard(self, name: str, body: bytes) -> None: ...

    def left(self, name: str) -> None: ...


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def _break_off(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    raise OSError


async def test_a_request_is_carried_to_whoever_named_the_session(tmp_path: Path) -> None:
    here, there = Mesh(tmp_path), Mesh(tmp_path)
    await here.open(Nobody())
    await there.open(Nobody(), Host(_answer))
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
    await here.close()


async def test_many_that_come_at_once_are_all_served(tmp_path: Path) -> None:
    here, there = Mesh(tmp_path), Mesh(tmp_path)
    await here.open(Nobody())
    await there.open(Nobody(), Host(_answer))
    ours, sid = MeshSessions(here), there.id + "x"
    clients = [Client() for _ in range(MANY)]
    served = await asyncio.gather(
        *(ours.carry(sid, HTTP, client.receive, client.send, patience=DEADLINE) for client in clients)
    )
    assert served == [True] * MANY
    assert {client.body for client in clients} == {b"/socket.io/"}
    await here.close()
    await there.close()


async def test_who_does_not_read_holds_little_of_what_is_sent(tmp_path: Path) -> None:
    sent = 0
    piece = b"x" * 64 * 1024

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await send(START)
        while True:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += len(piece)

    here, there = Mesh(tmp_path), Mesh(tmp_path)
    await here.open(Nobody())
    await there.open(Nobody(), Host(endless))
    client = Client()
    client.takes.clear()
    with pytest.raises(TimeoutError):
        await MeshSessions(here).carry(there.id + "x", HTTP, client.receive, client.send, patience=0.5)
    assert sent < HELD_BYTES
    await here.close()
    await there.close()


async def test_an_answer_that_breaks_off_is_said_to(tmp_path: Path) -> None:
    here, there = Mesh(tmp_path), Mesh(tmp_path)
    await here.open(Nobody())
    await there.open(Nobody(), Host(_break_off))
    client = Client()
    with pytest.raises(ConnectionResetError):
        await MeshSessions(here).carry(there.id + "x", HTTP, client.receive, client.send, patience=DEADLINE)
    await here.close()
    await there.close()
