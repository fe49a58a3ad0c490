"""One HTTP connection: its requests one after the other, each by an application instance of its own."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Protocol

import h11

from hubbub.composite.stateless.http.exchange import Exchange
from hubbub.composite.stateless.http.queue import AskedQueue
from hubbub.composite.stateless.http.scope import Address, BadTarget, RequestScope, request_scope
from hubbub.composite.stateless.http.wire import Gone, SlowHead, Wire
from hubbub.composite.stateless.limits import BODY_BYTES, BODY_SECONDS, END_SECONDS, UNREAD_BYTES


class TooMuch(Exception):
    """A body is larger than `BODY_BYTES`."""


class Applications(Protocol):
    """Where requests get their instances."""

    def begin(self, scope: RequestScope) -> tuple[AskedQueue, asyncio.Future[None]] | None:
        """The input queue and the end of a new instance; None when there is no room."""
        ...

    def end(self, scope: RequestScope) -> None:
        """The instance is not needed any more; it is cancelled if it runs."""
        ...


class HttpConnection:
    """Serves one connection to its end."""

    def __init__(self, wire: Wire, applications: Applications, *, client: Address, server: Address) -> None:
        self._wire = wire
        self._applications = applications
        self._client = client
        self._server = server

    async def serve(self) -> None:
        """Answer requests until the client or an answer ends the connection."""
        try:
            while (request := await self._wire.head()) is not None:
                await self._serve_one(request)
                if not self._wire.next_request():
                    break
        except h11.RemoteProtocolError as error:
            await self._refuse(HTTPStatus(error.error_status_hint), str(error))
        except SlowHead:
            await self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request has not come in time.")
        except Gone:
            pass
        except asyncio.CancelledError:
            self._wire.abort()
            raise
        finally:
            await self._wire.close()

    async def _serve_one(self, request: h11.Request) -> None:
        exchange = Exchange(request.method, self._wire.write)
        try:
            scope = request_scope(request, client=self._client, server=self._server)
        except BadTarget:
            await exchange.answer(HTTPStatus.BAD_REQUEST, "There is no such target here.")
            return
        scope.exchange = exchange
        begun = self._applications.begin(scope)
        if begun is None:
            await exchange.answer(HTTPStatus.SERVICE_UNAVAILABLE, "The server is full. Try again later.")
            return
        queue, ended = begun
        feeding = asyncio.create_task(self._feed(queue, exchange), name="feed a request")
        try:
            await asyncio.wait({ended, feeding}, return_when=asyncio.FIRST_COMPLETED)
            refusal = _refusal(feeding)
            if refusal is None:
                await asyncio.wait({ended})
        finally:
            feeding.cancel()
            self._applications.end(scope)
            await asyncio.wait({ended, feeding}, timeout=END_SECONDS)
        await self._conclude(exchange, ended, refusal)

    async def _feed(self, queue: AskedQueue, exchange: Exchange) -> None:
        """Give the body to the application as it asks for it, then watch for the client to leave."""
        await queue.asked.wait()
        try:
            if self._wire.waits_for_continue:
                await self._wire.write(h11.InformationalResponse(status_code=100, headers=[]))
            await self._feed_body(queue)
            await self._wire.left()
        except Gone:
            pass
        except h11.RemoteProtocolError:
            if not self._wire.ended:
                raise
        exchange.gone = True
        await queue.put({"type": "http.disconnect"})

    async def _feed_body(self, queue: AskedQueue) -> None:
        size = 0
        while isinstance(event := await self._wire.body(BODY_SECONDS), h11.Data):
            size += len(event.data)
            if size > BODY_BYTES:
                raise TooMuch
            await queue.put({"type": "http.request", "body": bytes(event.data), "more_body": True})
        await queue.put({"type": "http.request", "body": b"", "more_body": False})

    async def _conclude(
        self, exchange: Exchange, ended: asyncio.Future[None], refusal: tuple[HTTPStatus, str] | None
    ) -> None:
        """See to it that the answer is whole, or cannot be taken for that."""
        if exchange.complete:
            await self._read_rest()
        elif exchange.started or self._wire.answered:
            self._wire.abort()
        elif refusal is not None:
            await exchange.answer(*refusal)
        elif ended.cancelled():
            await exchange.answer(HTTPStatus.SERVICE_UNAVAILABLE, "The request was given up. Try again later.")
        else:
            await exchange.answer(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on the server.")

    async def _read_rest(self) -> None:
        """Read what the application did not want, if it is little, so that the connection can go on."""
        size = 0
        while not self._wire.has_read_all and not self._wire.waits_for_continue and size <= UNREAD_BYTES:
            try:
                event = await self._wire.body(BODY_SECONDS)
            except (TimeoutError, h11.RemoteProtocolError):
                return
            size += len(event.data) if isinstance(event, h11.Data) else 0

    async def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if not self._wire.answered:
            try:
                await Exchange(b"", self._wire.write).answer(status, detail)
            except (Gone, h11.LocalProtocolError):
                self._wire.abort()


def _refusal(feeding: asyncio.Task[None]) -> tuple[HTTPStatus, str] | None:
    """What the client is told where its body is at fault."""
    if not feeding.done() or feeding.cancelled():
        return None
    match feeding.exception():
        case TooMuch():
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body may have {BODY_BYTES} bytes."
        case TimeoutError():
            return HTTPStatus.REQUEST_TIMEOUT, "The body has not come in time."
        case h11.RemoteProtocolError() as error:
            return HTTPStatus(error.error_status_hint), str(error)
    return None
