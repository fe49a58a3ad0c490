"""`httpx` over an ASGI application in memory: whole answers, streams as they come, uploads, and who leaves early.

Unlike `httpx.ASGITransport` it hands out a response when it starts and not when it is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx

from hubbub.composite.types import AnyASGIApp
from hubbub.testing.exchange import Exchange
from hubbub.testing.scopes import CLIENT, http_scope

DISCONNECT = {"type": "http.disconnect"}
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class AsgiTransport(httpx.AsyncBaseTransport):
    """Each request is a call of the application; a response that is closed has its application returned."""

    def __init__(
        self,
        app: AnyASGIApp,
        *,
        state: dict[str, Any] | None = None,
        client: tuple[str, int] = CLIENT,
        http_version: str = "1.1",
    ) -> None:
        self._app = app
        self._state = {} if state is None else state
        self._client = client
        self.http_version = http_version

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Call the application, and return when it starts to answer.

        Raises:
            httpx.RemoteProtocolError: it returned, or the connection was cut, without an answer.
            httpx.ReadTimeout: it did not answer within the client's `read` timeout.
            Exception: whatever the application raised.
        """
        exchange = Exchange(self._app, self.scope(request))
        upload = asyncio.ensure_future(_upload(exchange, request))
        body = _Body(exchange, upload, request)
        try:
            start = await body.next("http.response.start")
            if start is None:
                raise httpx.RemoteProtocolError("the connection ended without an answer", request=request)
        except BaseException:
            await body.aclose()
            raise
        return httpx.Response(
            start["status"],
            headers=list(start.get("headers", ())),
            stream=body,
            extensions={"http_version": f"HTTP/{self.http_version}".encode()},
        )

    def scope(self, request: httpx.Request) -> dict[str, Any]:
        """The scope of a request."""
        return {**http_scope(request.url.path, request.method, **self.connection_fields()), **request_fields(request)}

    def connection_fields(self) -> dict[str, Any]:
        """What every scope of this client says; the state of the lifespan is a copy, as behind a server."""
        return {"http_version": self.http_version, "client": self._client, "state": dict(self._state)}


def request_fields(request: httpx.Request) -> dict[str, Any]:
    """What a request says of itself in any scope."""
    url = request.url
    return {
        "scheme": url.scheme,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (url.host, url.port or PORTS[url.scheme]),
    }


class _Body(httpx.AsyncByteStream):
    """What is left of an answer, read as it comes."""

    def __init__(self, exchange: Exchange, upload: asyncio.Future[None], request: httpx.Request) -> None:
        self._exchange = exchange
        self._upload = upload
        self._request = request
        self._patience: float | None = request.extensions.get("timeout", {}).get("read")
        self._has_body = request.method != "HEAD"

    async def next(self, kind: str) -> dict[str, Any] | None:
        """The next message of that kind; None once the application has returned."""
        try:
            async with asyncio.timeout(self._patience):
                while (message := await self._exchange.hear()) is not None:
                    if message["type"] == kind:
                        return dict(message)
        except TimeoutError as error:
            raise httpx.ReadTimeout(
                f"{self._exchange}: nothing for {self._patience} s", request=self._request
            ) from error
        return None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            message = await self.next("http.response.body")
            if message is None:
                raise httpx.RemoteProtocolError("the connection ended amid the answer", request=self._request)
            if self._has_body and message.get("body"):
                yield message["body"]
            if not message.get("more_body", False):
                return

    async def aclose(self) -> None:
        """Leave, and wait until the application has noticed."""
        self._upload.cancel()
        await asyncio.wait({self._upload})
        await self._exchange.end(DISCONNECT)
        if not self._upload.cancelled():
            self._upload.result()


async def _upload(exchange: Exchange, request: httpx.Request) -> None:
    """Hand the body over piece by piece, each when the application asks for it."""
    try:
        if isinstance(request.stream, httpx.AsyncByteStream):
            async for chunk in request.stream:
                if not chunk:  # httpx has one for a request without a body
                    continue
                await exchange.asked()
                exchange.tell({"type": "http.request", "body": chunk, "more_body": True})
    except Exception:
        exchange.tell(DISCONNECT)
        raise
    exchange.tell({"type": "http.request", "body": b"", "more_body": False})
