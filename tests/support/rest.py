"""HTTP clients that trust the server under test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.support.deadline import DEADLINE
from tests.support.server import Server

API = "/api/v1"


def rest_client(server: Server, *, http2: bool = True, token: str | None = None) -> httpx.AsyncClient:
    """A client with the server as its base: HTTP/2 over TLS, or HTTP/1.1 without. Close it, or use it as a context."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    if not http2:
        return httpx.AsyncClient(base_url=server.http_url, headers=headers, timeout=DEADLINE)
    return httpx.AsyncClient(
        base_url=server.https_url,
        headers=headers,
        timeout=DEADLINE,
        http1=False,
        http2=True,
        verify=server.ssl_context,
    )


@asynccontextmanager
async def server_sent_events(
    client: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None
) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """The events of a stream as they arrive, each a dictionary of its fields; comments are left out."""
    request = {"accept": "text/event-stream"} | (headers or {})
    async with client.stream("GET", path, headers=request) as response:
        assert response.status_code == 200, await response.aread()
        yield _events(response)


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    fields: dict[str, str] = {}  # {name: value}
    async for line in response.aiter_lines():
        if line == "":
            if fields:
                yield fields
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
