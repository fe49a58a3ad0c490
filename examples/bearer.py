"""The same bearer token for REST and for connecting, and a session for each connection (seeds 4.7).

    TOKENS=ada:open-sesame,bob:swordfish hypercorn examples.bearer:app --bind 127.0.0.1:8000

A connect handler that returns a word refuses: the client gets 401 with it. (To disconnect in there, as the seed does,
still answers 200 and a session id.) The ASGI scope is `environ["asgi.scope"]`.
"""

from __future__ import annotations

import os
from secrets import compare_digest

from quart import Quart, request
from quart.typing import ResponseReturnValue

from hubbub.composite import CompositeApp, Drain
from hubbub.composite.sockets.engineio_fence import EngineServer

TOKENS = dict(pair.split(":") for pair in os.environ["TOKENS"].split(","))  # {name: token}

engine = EngineServer()
rest = Quart(__name__)


def bearer_of(authorization: str) -> str | None:
    """Whose token it is. Every token is compared, so that the time it takes says nothing."""
    scheme, _, given = authorization.partition(" ")
    known = [name for name, token in TOKENS.items() if compare_digest(token.encode(), given.encode())]
    return known[0] if known and scheme.lower() == "bearer" else None


@rest.get("/protected")
async def protected() -> ResponseReturnValue:
    name = bearer_of(request.headers.get("authorization", ""))
    if name is None:
        return {"error": "no such token"}, 401, {"www-authenticate": "Bearer"}
    return {"name": name}


@engine.on("connect")
async def connect(sid: str, environ: dict[str, str]) -> str | None:
    name = bearer_of(environ.get("HTTP_AUTHORIZATION", ""))
    if name is None:
        return "no such token"
    await engine.save_session(sid, {"name": name})
    return None


@engine.on("message")
async def answer(sid: str, text: str) -> None:
    session = await engine.get_session(sid)
    await engine.send(sid, f"{session['name']} said {text}")


app = CompositeApp(engine, rest, socketio_path="engine.io", drain=Drain())
