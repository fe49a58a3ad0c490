"""`WebSocketServer`: listens, has the application decide on each handshake, and carries messages both ways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from hubbub.composite.stateless.instances import Instance
from hubbub.composite.stateless.limits import (
    CLOSE_SECONDS,
    HANDSHAKE_SECONDS,
    PING_SECONDS,
    WEBSOCKET_MESSAGE_BYTES,
    WEBSOCKET_QUEUE_MESSAGES,
    WEBSOCKETS,
)
from hubbub.composite.stateless.server import StatelessServer
from hubbub.composite.stateless.websocket.link import CLOSE_NORMAL, Link

logger = logging.getLogger(__name__)

# The library's own words, without those about clients that leave within the handshake, as every health check does.
_library = logging.getLogger(f"{__name__}.library")
_library.addFilter(lambda record: record.msg != "opening handshake failed")

CLOSE_INTERNAL_ERROR = 1011  # RFC 6455, 7.4.1


class LinkScope(dict[str, Any]):
    """An ASGI scope that the server can find the connection of, when the application sends."""

    link: Link


class WebSocketServer(StatelessServer):
    """One application instance for each connection, which accepts or refuses it before the handshake is answered.

    Where `max_applications` are open the next is answered 503: none is given up for another. Compression is not agreed
    to: a small frame could become a large one.
    """

    application_idle_seconds = None  # pings find out who has gone
    application_queue_size = WEBSOCKET_QUEUE_MESSAGES

    def __init__(
        self,
        application: Callable[..., Any],
        host: str = "127.0.0.1",
        port: int = 8001,
        max_applications: int = WEBSOCKETS,
    ) -> None:
        """`port` 0 takes a free one; `address` says which, once it listens."""
        super().__init__(application, max_applications)
        self.host = host
        self.port = port
        self.listening = asyncio.Event()
        self._server: Server | None = None
        self._links: dict[ServerConnection, tuple[Instance, Link]] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._numbers = count()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens.

        Raises:
            RuntimeError: it does not yet.
        """
        if self._server is None:
            raise RuntimeError("the server does not listen yet; wait for `listening`")
        host, port = next(iter(self._server.sockets)).getsockname()[:2]
        return host, port

    async def handle(self) -> None:
        """Listen until cancelled; connections are closed with 1001 then."""
        async with serve(
            self._carry,
            self.host,
            self.port,
            process_request=self._decide,
            process_response=_with_headers(self._links),
            select_subprotocol=lambda connection, _: self._links[connection][1].decided.result().subprotocol,
            compression=None,
            max_size=WEBSOCKET_MESSAGE_BYTES,
            max_queue=WEBSOCKET_QUEUE_MESSAGES,
            open_timeout=HANDSHAKE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=CLOSE_SECONDS,
            server_header=None,
            logger=_library,
        ) as self._server:
            logger.info("listening on ws://%s:%d", *self.address)
            self.listening.set()
            await asyncio.Event().wait()

    async def application_send(self, scope: Any, message: Any) -> None:
        """Decide on the handshake, send a message, or close."""
        await scope.link.send(message)

    async def _decide(self, connection: ServerConnection, request: Request) -> Response | None:
        """Ask the application; None has the library answer the handshake, or say what is wrong with it."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return None
        if len(self.application_instances) >= self.max_applications:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The server is full. Try again later.\n")
        link = Link(connection, _offered(request))
        scope = websocket_scope(connection, request)
        scope.link = link
        number = next(self._numbers)
        self.deliver(number, scope, {"type": "websocket.connect"})
        details = self.application_instances[number]
        self._links[connection] = details, link
        watching = asyncio.create_task(self._see_off(connection), name="see a WebSocket off")
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        waiting: set[asyncio.Future[Any]] = {link.decided, details["future"]}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not link.decided.done():
            return connection.respond(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on the server.\n")
        if not link.decided.result().accepted:
            return connection.respond(HTTPStatus.FORBIDDEN, "The connection is refused.\n")
        return None

    async def _carry(self, connection: ServerConnection) -> None:
        """Give the application what comes, until it or the client ends."""
        if connection not in self._links:
            return  # it has ended already
        details, link = self._links[connection]
        link.opened.set()
        reading = asyncio.create_task(_read(connection, details["input_queue"]), name="read a WebSocket")
        try:
            await asyncio.wait({reading, details["future"]}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            await asyncio.wait({reading})
        if details["future"].done():
            failed = details["future"].cancelled() or details["future"].exception() is not None
            await connection.close(CLOSE_INTERNAL_ERROR if failed else CLOSE_NORMAL)

    async def _see_off(self, connection: ServerConnection) -> None:
        """When a connection has ended, in the handshake or later, tell its application, and forget it."""
        await connection.wait_closed()
        details, link = self._links.pop(connection)
        link.opened.set()
        ended = details["future"]
        if not ended.done():
            putting = asyncio.create_task(details["input_queue"].put(link.disconnect()))
            await asyncio.wait({putting, ended}, return_when=asyncio.FIRST_COMPLETED)
            putting.cancel()
        await asyncio.wait({ended})
        if details["scope_id"] in self.application_instances:
            self.delete_application_instance(details["scope_id"])


def websocket_scope(connection: ServerConnection, request: Request) -> LinkScope:
    """The scope of a handshake (ASGI WebSocket specification 2.4)."""
    raw_path, _, query = request.path.partition("?")
    return LinkScope(
        type="websocket",
        asgi={"version": "3.0", "spec_version": "2.4"},
        http_version="1.1",
        scheme="ws",
        path=unquote(raw_path),
        raw_path=raw_path.encode(),
        query_string=query.encode(),
        root_path="",
        headers=[
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.raw_items()
        ],
        client=connection.remote_address[:2],
        server=connection.local_address[:2],
        subprotocols=_offered(request),
    )


async def _read(connection: ServerConnection, queue: asyncio.Queue[Any]) -> None:
    try:
        async for message in connection:
            kind = "text" if isinstance(message, str) else "bytes"
            await queue.put({"type": "websocket.receive", kind: message})
    except ConnectionClosed:
        return  # `_see_off` tells of it


def _offered(request: Request) -> list[str]:
    fields = request.headers.get_all("Sec-WebSocket-Protocol")
    return [name.strip() for name in ",".join(fields).split(",") if name.strip()]


def _with_headers(
    links: dict[ServerConnection, tuple[Instance, Link]],
) -> Callable[[ServerConnection, Request, Response], None]:
    """Puts the headers of the application's accept into the answer."""

    def put(connection: ServerConnection, request: Request, response: Response) -> None:
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS and connection in links:
            for name, value in links[connection][1].decided.result().headers:
                response.headers[name.decode("latin-1")] = value.decode("latin-1")

    return put
