"""REST, a WebSocket and Socket.IO in one process, behind one entry point (seeds 1.1 and 1.2).

    hypercorn examples.composed:app --bind 127.0.0.1:8000

Socket.IO is outermost and has the paths under /socket.io; everything else is Quart's, WebSockets too. A note that
somebody posts by REST is heard at once by whoever listens:

`curl 127.0.0.1:8000/notes --data 'Buy milk'`
"""

from __future__ import annotations

from collections import deque

from quart import Quart, request, websocket

from hubbub.composite import CompositeApp, Drain, SocketServer

KEPT = 100  # notes; an example has no database

rest = Quart(__name__)
sockets = SocketServer()
notes: deque[str] = deque(maxlen=KEPT)


@rest.get("/notes")
async def read_notes() -> list[str]:
    return list(notes)


@rest.post("/notes")
async def write_note() -> tuple[str, int]:
    note = str(await request.get_data(as_text=True))
    await add(note)
    return note, 201


@rest.websocket("/ws")
async def write_notes() -> None:
    while True:
        await add(str(await websocket.receive()))


@sockets.on("write")
async def write(_sid: str, note: str) -> int:
    await add(note)
    return len(notes)


async def add(note: str) -> None:
    notes.append(note)
    await sockets.emit("note", note)


app = CompositeApp(sockets, rest, drain=Drain())
