"""Two Engine.IO servers in one process: chat and notifications (seeds 4.5).

    hypercorn examples.two_engines:app --bind 127.0.0.1:8000

Each has clients, handlers and limits of its own, and one lifespan ends both. (The middleware of the seed hands on a
`send` that Starlette's does not have, and never sees a WebSocket.)
"""

from __future__ import annotations

from hubbub.composite import CompositeApp, Drain
from hubbub.composite.sockets.engineio_fence import EngineServer

chat = EngineServer()
notifications = EngineServer()


@chat.on("message")
async def say(sid: str, text: str) -> None:
    for other in list(chat.sockets):
        await chat.send(other, f"{sid[:4]}: {text}")
    for watcher in list(notifications.sockets):
        await notifications.send(watcher, "There are new messages.")


@notifications.on("connect")
async def welcome(sid: str, _environ: dict[str, object]) -> None:
    await notifications.send(sid, f"{len(chat.sockets)} are in the chat.")


app = CompositeApp(servers={"/chat": chat, "/notifications": notifications}, drain=Drain())
