"""ASGI scopes as Hypercorn builds them, for calls in memory; nothing here runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Pairs = Sequence[tuple[str, str]]
RawHeaders = list[tuple[bytes, bytes]]

CLIENT = ("192.0.2.1", 50_000)  # an address for documentation (RFC 5737), so that nobody takes it for the machine
SERVER = ("127.0.0.1", 8000)


def raw(headers: Mapping[str, str] | Pairs) -> RawHeaders:
    """Headers as a scope has them: names in lower case, all of it bytes."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def http_scope(
    path: str = "/", method: str = "GET", headers: Mapping[str, str] | Pairs = (), **more: Any
) -> dict[str, Any]:
    """The scope of a request; `more` replaces and adds."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.1"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "query_string": b"",
        "root_path": "",
        "headers": raw(headers),
        "client": CLIENT,
        "server": SERVER,
        "state": {},
        "extensions": {},
        **more,
    }


def websocket_scope(path: str = "/", headers: Mapping[str, str] | Pairs = (), **more: Any) -> dict[str, Any]:
    """The scope of a WebSocket; `more` replaces and adds."""
    scope = http_scope(path, headers=headers)
    del scope["method"]
    return {
        **scope,
        "type": "websocket",
        "scheme": "ws",
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
        **more,
    }
