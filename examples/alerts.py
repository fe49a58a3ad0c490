"""Syslog over UDP, heard by every browser: one application instance for each sender (seeds 2.1 and 2.6).

    SYSLOG=127.0.0.1:8000 hypercorn examples.alerts:app --bind 127.0.0.1:8000

`logger --server 127.0.0.1 --port 8000 --udp --priority auth.err "Failed password for root"` reaches whoever listens
for `alert` by Socket.IO, and `curl 127.0.0.1:8000` tells what was counted. Hubbub itself posts them into a room: see
docs/operating.md.
"""

from __future__ import annotations

import os
from itertools import count
from typing import Any

from quart import Quart

from hubbub.composite import CompositeApp, Drain, SocketServer, Tasks
from hubbub.transports.syslog.server import SyslogServer, bind_udp

rest = Quart(__name__)
sockets = SocketServer()
tasks = Tasks()


async def tell(scope: Any, receive: Any, _send: Any) -> None:
    """The application of one sender."""
    for number in count(1):
        message = (await receive())["message"]
        alert = {"from": scope["source"], "number": number, "severity": message.severity, "text": message.text}
        await sockets.emit("alert", alert)


async def listen() -> None:
    """Bind before the first client comes, and listen as long as there are any."""
    host, _, port = os.environ["SYSLOG"].rpartition(":")
    rest.extensions["syslog"] = server = SyslogServer(tell, bind_udp(host, int(port)))
    tasks.keep("listen for syslog", server.arun)


@rest.get("/")
async def counted() -> dict[str, int]:
    counters = rest.extensions["syslog"].counters
    return {name: getattr(counters, name) for name in ("received", "malformed", "delivered")}


app = CompositeApp(sockets, rest, on_startup=[listen, tasks], drain=Drain())
