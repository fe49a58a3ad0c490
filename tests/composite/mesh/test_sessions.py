"""Whose a session is: its id says it, and the request gets there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hubbub.composite.mesh.exchanges import Host
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.mesh.sessions import MeshSessions
from hubbub.composite.types import Receive, Scope, Send
from tests.composite.mesh.test_exchanges import HTTP, START, Client
from tests.support.deadline import DEADLINE


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


async def test_an_answer_that_breaks_off_is_said_to(tmp_path: Path) -> None:
    here, there = Mesh(tmp_path), Mesh(tmp_path)
    await here.open(Nobody())
    await there.open(Nobody(), Host(_break_off))
    client = Client()
    failure: Any = None
    try:
        await MeshSessions(here).carry(there.id + "x", HTTP, client.receive, client.send, patience=DEADLINE)
    except ConnectionResetError as error:
        failure = error
    assert failure is not None
    await here.close()
    await there.close()
