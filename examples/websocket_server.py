"""A WebSocket server of one's own on the stateless base, with an echo application (seeds 2.3).

    python -m examples.websocket_server 8000

Talk to it with `python -m websockets ws://127.0.0.1:8000/`. The seed's server has a signature that its library has
dropped, ends at once, and sends everything to the client that came last. Here each connection has an instance, which
decides on the handshake.
"""

from __future__ import annotations

import sys
from typing import Any

from hubbub.composite.stateless.websocket import WebSocketServer


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer text with text, bytes with bytes; refuse every path but one."""
    await receive()  # websocket.connect
    if scope["path"] != "/":
        await send({"type": "websocket.close"})  # before it is accepted: the handshake is answered 403
        return
    wanted = "shout" if "shout" in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": wanted})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "bye":
            await send({"type": "websocket.close", "code": 4000, "reason": "bye"})
            return
        loud = {"text": message["text"].upper()} if wanted and "text" in message else {}
        await send(message | loud | {"type": "websocket.send"})


if __name__ == "__main__":
    WebSocketServer(app, port=int(sys.argv[1])).run()
