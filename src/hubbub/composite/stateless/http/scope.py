"""A request's head as an ASGI scope. Knows h11's events, and nothing of sockets."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import h11

Address = tuple[str, int] | None


class BadTarget(Exception):
    """The request target is none that an origin server answers."""


class RequestScope(dict[str, Any]):
    """An ASGI scope that the server can find the request of, when the application sends."""

    exchange: Any = None
    number: int = -1  # of its instance


def request_scope(request: h11.Request, *, client: Address, server: Address) -> RequestScope:
    """The scope of one request (ASGI HTTP specification 2.4).

    Raises:
        BadTarget: as `_origin_form`.
    """
    target = _origin_form(request.target)
    raw_path, _, query = target.partition(b"?")
    return RequestScope(
        type="http",
        asgi={"version": "3.0", "spec_version": "2.4"},
        http_version=request.http_version.decode("ascii"),
        method=request.method.decode("ascii").upper(),
        scheme="http",
        path=unquote_to_bytes(raw_path).decode("utf-8", "replace"),
        raw_path=raw_path,
        query_string=query,
        root_path="",
        headers=[(bytes(name), bytes(value)) for name, value in request.headers],
        client=client,
        server=server,
    )


def _origin_form(target: bytes) -> bytes:
    """The path and query of any form that reaches an origin server (RFC 9112, 3.2).

    Raises:
        BadTarget: the form of CONNECT, or none at all.
    """
    if target.startswith(b"/") or target == b"*":
        return target
    parts = urlsplit(target)
    if parts.scheme.lower() not in (b"http", b"https") or not parts.netloc:
        raise BadTarget
    return (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")
