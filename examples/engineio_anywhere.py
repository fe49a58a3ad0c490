"""Engine.IO with everything around it: an application, a file, a path, hooks (seeds 4.1).

    hypercorn examples.engineio_anywhere:app --bind 127.0.0.1:8000

`CompositeApp` takes what `engineio.ASGIApp` takes, under the same names but for `socketio_path`, which is the path of
either protocol. Hooks do not cut the application off from its own lifespan; a WebSocket to nowhere is refused as one.
"""

from __future__ import annotations

from quart import Quart

from hubbub.composite import CompositeApp, Drain
from hubbub.composite.sockets.engineio_fence import EngineServer

engine = EngineServer()
rest = Quart(__name__)


@engine.on("message")
async def echo(sid: str, text: str) -> None:
    await engine.send(sid, text.upper())


@rest.get("/")
async def home() -> str:
    return f"{len(engine.sockets)} connected\n"


async def say_hello() -> None:
    print("starting", flush=True)


async def say_goodbye() -> None:
    print("stopped", flush=True)


app = CompositeApp(
    engine,
    other_asgi_app=rest,
    static_files={"/source": {"filename": __file__, "content_type": "text/plain; charset=utf-8"}},
    socketio_path="engine.io",
    on_startup=say_hello,
    on_shutdown=say_goodbye,
    drain=Drain(),
)
