"""What WSGI cannot do, beside a WSGI site: WebSockets and event streams for its pages (seeds 3.6).

    hypercorn examples.sidecar:app --bind 127.0.0.1:8001

deploy/sidecar.nginx.conf sends /socket.io/ and /live/ here and everything else to the site (examples/sidecar_site.py).
The site tells news at /internal/tell, which nginx passes to nobody.
"""

from __future__ import annotations

from quart import Quart, request, websocket

from hubbub.composite import CompositeApp, Drain, SocketServer

rest = Quart(__name__)
sockets = SocketServer(namespaces=["/"])


@rest.post("/internal/tell")
async def tell() -> tuple[str, int]:
    await sockets.emit("order", str(await request.get_data(as_text=True)))
    return "", 204


@rest.websocket("/live/echo")
async def echo() -> None:
    while True:
        await websocket.send(await websocket.receive())


app = CompositeApp(sockets, rest, drain=Drain())
