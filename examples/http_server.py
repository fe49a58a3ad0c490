"""An HTTP server of one's own on the stateless base (seeds 2.2).

    python -m examples.http_server 8000

`curl 127.0.0.1:8000/hello --data "how are you"`. The seed's server awaits a queue, has one writer for all connections,
and knows no bodies. This one is h11 and a few hundred lines of the library; at a public address take Hypercorn.
"""

from __future__ import annotations

import sys
from typing import Any

from hubbub.composite.stateless.http import HttpServer


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Say what was asked for: one instance a request, ended by its answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    line = f"{scope['method']} {scope['path']}\n".encode()
    await send({"type": "http.response.body", "body": line, "more_body": True})
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": message.get("body", b""), "more_body": more})


if __name__ == "__main__":
    HttpServer(app, port=int(sys.argv[1])).run()
