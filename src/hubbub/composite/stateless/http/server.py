"""`HttpServer`: listens, and gives each connection its own reader, writer and protocol state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import count
from typing import Any

from hubbub.composite.stateless.http.connection import HttpConnection
from hubbub.composite.stateless.http.queue import AskedQueue
from hubbub.composite.stateless.http.scope import Address, RequestScope
from hubbub.composite.stateless.http.wire import Wire
from hubbub.composite.stateless.instances import Activity
from hubbub.composite.stateless.limits import HTTP_BACKLOG, HTTP_CONNECTIONS
from hubbub.composite.stateless.server import StatelessServer, TooManyEnding

logger = logging.getLogger(__name__)


class HttpServer(StatelessServer):
    """HTTP/1.1 with keep-alive and pipelining; one application instance for each request.

    Where `max_applications` requests are being answered the next is answered 503: none is given up for another.
    """

    application_idle_seconds = None  # a request ends with its answer, and what waits for its client is bounded there
    application_queue_size = 4  # pieces of a body; beyond it the client waits

    def __init__(
        self, application: Callable[..., Any], host: str = "127.0.0.1", port: int = 8000, max_applications: int = 1000
    ) -> None:
        """`port` 0 takes a free one; `address` says which, once it listens."""
        super().__init__(application, max_applications)
        self.host = host
        self.port = port
        self.listening = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._numbers = count()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens.

        Raises:
            RuntimeError: it does not yet.
        """
        if self._server is None:
            raise RuntimeError("the server does not listen yet; wait for `listening`")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def handle(self) -> None:
        """Listen until cancelled; connections end then, whatever they do."""
        self._server = await asyncio.start_server(self._accept, self.host, self.port, backlog=HTTP_BACKLOG)
        logger.info("listening on http://%s:%d", *self.address)
        self.listening.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def application_send(self, scope: Any, message: Any) -> None:
        """Send a part of the answer on the connection that the scope is of."""
        await scope.exchange.send(message)

    def begin(self, scope: RequestScope) -> tuple[AskedQueue, asyncio.Future[None]] | None:
        """The input queue and the end of a new instance; None when there is no room."""
        if len(self.application_instances) >= self.max_applications:
            return None
        scope.number = next(self._numbers)
        try:
            queue = self.get_or_create_application_instance(scope.number, scope)
        except TooManyEnding:
            return None
        assert isinstance(queue, AskedQueue)  # noqa: S101  made below
        return queue, self.application_instances[scope.number]["future"]

    def end(self, scope: RequestScope) -> None:
        """The instance is not needed any more; it is cancelled if it runs."""
        if scope.number in self.application_instances:
            self.delete_application_instance(scope.number)

    def make_input_queue(self, activity: Activity) -> AskedQueue:
        """A queue that tells when the application asks."""
        return AskedQueue(self.application_queue_size, activity)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # No coroutine: asyncio 3.11 logs a traceback for one that is cancelled.
        if len(self._connections) >= HTTP_CONNECTIONS:
            logger.warning("%d connections are open; another is closed", HTTP_CONNECTIONS)
            writer.transport.abort()
            return
        client, server = (_address(writer.get_extra_info(name)) for name in ("peername", "sockname"))
        connection = HttpConnection(Wire(reader, writer), self, client=client, server=server)
        task = asyncio.create_task(connection.serve(), name="serve a connection")
        self._connections.add(task)
        task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a connection failed", exc_info=error)


def _address(name: Any) -> Address:
    return (name[0], name[1]) if isinstance(name, tuple) else None
