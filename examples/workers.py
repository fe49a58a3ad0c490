"""Several workers on one port, without sticky sessions and without Redis (seeds 4.10).

    WORKERS=var/example hypercorn -w 3 examples.workers:app --bind 127.0.0.1:8000

Engine.IO alone cannot: a poll that reaches another worker gets "Invalid session". Here the id of a session begins
with that of its worker, and a worker that gets somebody else's request hands it over. What one says, all repeat.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hubbub.composite import CompositeApp, Drain, SocketServer
from hubbub.composite.hypercorn_workers import WorkerFamily
from hubbub.composite.mesh.exchanges import Host
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.mesh.sessions import MeshSessions
from hubbub.composite.socket_server import SocketConnection
from hubbub.composite.sockets.strict_json import dumps

mesh = Mesh(Path(os.environ["WORKERS"]), WorkerFamily.find)
sockets = SocketServer(elsewhere=MeshSessions(mesh))


class Chorus:
    """Listens to the other workers."""

    def greeting(self) -> bytes:
        return b""  # there is no state that somebody who joins must know

    def joined(self, name: str) -> None:
        print(f"{name} joins {mesh.id}", flush=True)

    def heard(self, _name: str, body: bytes) -> None:
        for connection in sockets.connections:
            connection.emit("said", body.decode())

    def left(self, name: str) -> None:
        print(f"{name} leaves {mesh.id}", flush=True)


@asynccontextmanager
async def together() -> AsyncIterator[None]:
    await mesh.open(Chorus(), Host(sockets.handle_request))
    yield
    await mesh.close()


async def connect(_connection: SocketConnection, _auth: object) -> None:
    """Everybody may."""


async def event(_connection: SocketConnection, _name: str, arguments: list[object]) -> object:
    (text,) = arguments
    said = dumps(text).encode()
    Chorus().heard(mesh.id, said)
    mesh.say(said)
    return {"worker": mesh.id}


async def disconnect(_connection: SocketConnection, _reason: str) -> None:
    """Nobody has to know."""


sockets.handle(connect=connect, event=event, disconnect=disconnect)
app = CompositeApp(sockets, on_startup=together, drain=Drain())
