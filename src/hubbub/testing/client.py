"""One client of an ASGI application in memory, over everything that it may speak: `httpx` and more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any

import httpx

from hubbub.composite.sockets.heartbeat import Later, loop_later
from hubbub.composite.types import AnyASGIApp
from hubbub.testing.deadlines import DEADLINE, within
from hubbub.testing.engine_client import EngineClient, Transport
from hubbub.testing.event_stream import MEDIA_TYPE, EventStream, NoEventStream
from hubbub.testing.faults import Faults
from hubbub.testing.lifespan import running
from hubbub.testing.scopes import CLIENT, websocket_scope
from hubbub.testing.socketio_client import SocketIOClient, SocketIOSession
from hubbub.testing.transport import AsgiTransport, request_fields
from hubbub.testing.websocket_client import WebSocketClient

BASE_URL = "http://testserver"
SOCKETIO_PATH = "/socket.io/"
ENGINEIO_PATH = "/engine.io/"
_HANDSHAKE = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
_WEBSOCKET_SCHEMES = {"http": "ws", "https": "wss"}


class AsgiClient(httpx.AsyncClient):
    """An `httpx.AsyncClient` that calls `app`, and opens event streams, WebSockets and Socket.IO as well.

    Cookies and `headers` go with all of them. `faults` is the network between this client and the application. It
    does not run the lifespan: `open_client` does. `timeout` is in real seconds, for every answer.
    """

    def __init__(
        self,
        app: AnyASGIApp,
        *,
        base_url: str = BASE_URL,
        state: dict[str, Any] | None = None,
        later: Later = loop_later,
        address: tuple[str, int] = CLIENT,
        http_version: str = "1.1",
        timeout: float = DEADLINE,
        **options: Any,
    ) -> None:
        """`state` is the lifespan's, `later` is for delays, `options` are `httpx.AsyncClient`'s."""
        self.faults = Faults(app, later=later)
        self._asgi = AsgiTransport(self.faults, state=state, client=address, http_version=http_version)
        self._open: list[WebSocketClient | EngineClient] = []
        super().__init__(transport=self._asgi, base_url=base_url, timeout=timeout, **options)

    @asynccontextmanager
    async def events(
        self, url: str, *, last_event_id: str | None = None, timeout: float = DEADLINE, **request: Any
    ) -> AsyncIterator[EventStream]:
        """Server-Sent Events for the length of a block; `request` is as for `get`.

        Raises:
            NoEventStream: the answer is another one.
            TimeoutError: there was none within so many seconds.
        """
        headers = httpx.Headers(request.pop("headers", None), encoding="utf-8")  # as browsers send an id
        headers.setdefault("accept", MEDIA_TYPE)
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        asking = self.send(self.build_request("GET", url, headers=headers, timeout=None, **request), stream=True)
        response = await within(timeout, asking, lambda: f"an answer to GET {url}")
        try:
            if not response.is_success or not response.headers.get("content-type", "").startswith(MEDIA_TYPE):
                await response.aread()
                raise NoEventStream(response)
            stream = EventStream(response)
            try:
                yield stream
            finally:
                await stream.aclose()
        finally:
            await response.aclose()

    async def websocket(
        self, url: str | httpx.URL, *, subprotocols: Sequence[str] = (), timeout: float = DEADLINE, **request: Any
    ) -> WebSocketClient:
        """Open a WebSocket; `request` is as for `get`. It is closed with the client, if not before.

        Raises:
            websocket_client.WebSocketRefused: the application answered otherwise.
            TimeoutError: it did not within so many seconds.
        """
        asked = self.build_request("GET", url, **request)
        if self._asgi.http_version.startswith("1"):  # HTTP/2 has none of these (RFC 8441, 5)
            asked.headers.update(_HANDSHAKE)
        fields = request_fields(asked)
        fields["scheme"] = _WEBSOCKET_SCHEMES[fields["scheme"]]
        scope = {
            **websocket_scope(asked.url.path, **self._asgi.connection_fields()),
            **fields,
            "subprotocols": list(subprotocols),
        }
        websocket = await WebSocketClient.connect(self.faults, scope, timeout=timeout)
        self._open.append(websocket)
        return websocket

    async def socketio(
        self,
        namespace: str = "/",
        *,
        auth: object = None,
        transport: Transport = "websocket",
        path: str = SOCKETIO_PATH,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> SocketIOClient:
        """Open a Socket.IO session and connect to a namespace; `path` is from the top, whatever `base_url` is.

        `session.join` connects to further ones. All of it is closed with the client, if not before.

        Raises:
            socketio_client.SocketIORefused: the server answered with `connect_error`.
            engine_client.EngineRefused, websocket_client.WebSocketRefused: there is no session.
        """
        engine = self._engine(path, headers)
        session = SocketIOSession(engine)
        await engine.open(transport, query or {})
        return await session.join(namespace, auth)

    async def engineio(
        self,
        *,
        transport: Transport = "websocket",
        path: str = ENGINEIO_PATH,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> EngineClient:
        """Open an Engine.IO session; `path` is from the top, whatever `base_url` is.

        Raises:
            engine_client.EngineRefused, websocket_client.WebSocketRefused: there is none.
        """
        engine = self._engine(path, headers)
        await engine.open(transport, query or {})
        return engine

    async def aclose(self) -> None:
        """Lift all faults, close everything that is open, and see to it that the application noticed.

        Raises:
            exchange.StillRunning: it did not.
            Exception: whatever it raised after its clients were gone.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(super().aclose)
            for opened in self._open:
                stack.push_async_callback(opened.close)
            stack.push_async_callback(self.faults.end)
        self._open.clear()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """Close it."""
        await self.aclose()

    def _engine(self, path: str, headers: Mapping[str, str] | None) -> EngineClient:
        engine = EngineClient(self, self.base_url.join(path), dict(headers or {}))
        self._open.append(engine)
        return engine


@asynccontextmanager
async def open_client(app: AnyASGIApp, **options: Any) -> AsyncIterator[AsgiClient]:
    """Run the lifespan of `app` for the length of a block, with a client for it; `options` are `AsgiClient`'s.

    Raises:
        lifespan.LifespanFailed: the application could not start, or stop.
    """
    async with running(app) as state, AsgiClient(app, state=state, **options) as client:
        yield client
