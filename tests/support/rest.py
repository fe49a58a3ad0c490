"""HTTP clients that trust the server under test."""

from __future__ import annotations

import sys

import httpx

from tests.support.deadline import DEADLINE
from tests.support.server import Server

API = "/api/v1"

# httpcore looks for this module at each of its steps, to learn that it runs under asyncio; where it is not installed
# the search is a third of the time of a request.  None says that there is no such module.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]


def rest_client(
    server: Server,
    *,
    http2: bool = True,
    token: str | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client with the server as its base: HTTP/2 over TLS, or HTTP/1.1 without. Close it, or use it as a context.

    `transport` is for HTTP/1.1, in place of httpx's own.
    """
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    if not http2:
        # Without TLS there is nothing to verify; loading the authorities takes a hundred times as long as the rest.
        return httpx.AsyncClient(
            base_url=server.http_url, headers=headers, timeout=DEADLINE, verify=False, transport=transport
        )
    return httpx.AsyncClient(
        base_url=server.https_url,
        headers=headers,
        timeout=DEADLINE,
        http1=False,
        http2=True,
        verify=server.ssl_context,
    )
