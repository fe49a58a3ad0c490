"""The whole server with the patience of seconds: every time that is longer than ten in earnest is shorter here.

Nothing else is different. `HYPERCORN` is the same for Hypercorn's own, beside `hypercorn.toml`.
"""

from __future__ import annotations

import os
from dataclasses import replace

from hubbub.application import SOCKET_LIMITS, Bounds, create_app
from hubbub.composite.body_reading import BodyLimits
from hubbub.transports.rest.listening import ListenLimits
from hubbub.transports.websocket.limits import WebSocketLimits

PING_INTERVAL_SECONDS = float(os.environ.get("IMPATIENT_PING_INTERVAL", "3"))
PING_TIMEOUT_SECONDS = float(os.environ.get("IMPATIENT_PING_TIMEOUT", "2"))
PATIENCE_SECONDS = 6.0  # for what begins a conversation: a head, a body, a namespace

BOUNDS = Bounds(
    sockets=replace(
        SOCKET_LIMITS,
        ping_interval_seconds=PING_INTERVAL_SECONDS,
        ping_timeout_seconds=PING_TIMEOUT_SECONDS,
        join_seconds=PATIENCE_SECONDS,
        send_seconds=PING_TIMEOUT_SECONDS,
    ),
    websockets=WebSocketLimits(ping_interval_seconds=PING_INTERVAL_SECONDS, ping_timeout_seconds=PING_TIMEOUT_SECONDS),
    listening=ListenLimits(heartbeat_seconds=PING_INTERVAL_SECONDS, stall_seconds=PING_TIMEOUT_SECONDS),
    bodies=BodyLimits(seconds=PATIENCE_SECONDS),
)

HYPERCORN = ("-c", "hypercorn.toml", "--keep-alive", f"{PATIENCE_SECONDS:g}")

app = create_app(bounds=BOUNDS)
