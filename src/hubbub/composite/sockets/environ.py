"""The WSGI-like `environ` that python-socketio's and python-engineio's connect handlers are documented to get."""

from __future__ import annotations

from typing import Any

from hubbub.composite.types import Scope


def environ_of(scope: Scope) -> dict[str, Any]:
    """The environ of a handshake; unlike the library's it has the real peer and believes no forwarded scheme."""
    query = scope.get("query_string", b"").decode("latin-1")
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.get("method", "GET"),
        "PATH_INFO": scope["path"],
        "QUERY_STRING": query,
        "RAW_URI": f"{scope['path']}?{query}" if query else scope["path"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "asgi.scope": scope,
    }
    for name, value in scope["headers"]:
        key = _key(name.decode("latin-1"))
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
