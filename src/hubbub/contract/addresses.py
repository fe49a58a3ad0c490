"""Where the server is talked to, and the name of its cookie; the documents say so, and clients rely on it."""

from __future__ import annotations

API = "/api/v1"
WEBSOCKET = f"{API}/ws"
SOCKETIO = "/socket.io"
SOCKETIO_NAMESPACE = "/"

SESSION_COOKIE = "hubbub_session"
