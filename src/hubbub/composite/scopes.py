"""Reading what an ASGI scope says and adding headers to replies; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable

from hubbub.composite.types import Message, Scope

Headers = Iterable[tuple[bytes, bytes]]

DOOR_SCOPES = frozenset({"http", "websocket"})  # what a door checks; lifespan passes through
RESPONSE_STARTS = frozenset({"http.response.start", "websocket.http.response.start"})
SERVER_SEND = "hubbub.composite.server_send"  # key of a scope: the server's own `send`, below every wrapper
COMPLETE = "hubbub.composite.complete"  # key of a scope: the first message has the whole body, and is there already
REPLY_STARTS = RESPONSE_STARTS | {"websocket.accept"}


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a header, in order; `name` in lower case."""
    return [value for key, value in scope["headers"] if key.lower() == name]


def header(scope: Scope, name: bytes) -> bytes | None:
    """The value of a header that may come once; `None` if it is absent, the values joined if it comes more often."""
    values = header_values(scope, name)
    return b", ".join(values) if values else None


def cookie_header(scope: Scope) -> str:
    """All cookies as one header value; HTTP/2 may send one field for each (RFC 9113, 8.2.3)."""
    return b"; ".join(header_values(scope, b"cookie")).decode("latin-1")


def with_missing_headers(message: Message, added: Headers) -> Message:
    """A copy of a reply's start with those of the `added` headers whose names it does not have."""
    present = {name.lower() for name, _ in message.get("headers", ())}
    extra = [(name, value) for name, value in added if name not in present]
    return {**message, "headers": [*message.get("headers", ()), *extra]}


def with_vary(message: Message, field: bytes) -> Message:
    """A copy of a reply's start whose Vary names `field` as well (RFC 9110, 12.5.5)."""
    headers = list(message.get("headers", ()))
    named = b",".join(value for name, value in headers if name.lower() == b"vary").lower()
    if field.lower() in {part.strip() for part in named.split(b",")}:
        return message
    return {**message, "headers": [*headers, (b"vary", field)]}


def is_under(path: str, prefix: str) -> bool:
    """Whether a path is the prefix or below it, by whole segments: `/apis` is not under `/api`."""
    bare = prefix.rstrip("/")
    return path == bare or path.startswith(bare + "/")


def root_path(scope: Scope) -> str:
    """Where the application is mounted, without a slash at the end; empty at the top (ASGI, HTTP connection scope)."""
    return str(scope.get("root_path") or "").rstrip("/")


def route_path(scope: Scope) -> str:
    """The part of the path that routes are about: what comes after `root_path`.

    A server that is told a `root_path` because a proxy takes it off leaves it off, too: Hypercorn does, Uvicorn not.
    """
    path: str = scope["path"]
    root = root_path(scope)
    return path[len(root) :] or "/" if root and is_under(path, root) else path
