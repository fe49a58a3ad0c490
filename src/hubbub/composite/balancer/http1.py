"""One request over HTTP/1.1 to an upstream, as an ASGI application would answer it: streaming both ways, by h11.

What is bounded by time is so by whoever calls it; this ends when the upstream, the client or a cancellation does.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import h11

from hubbub.composite.balancer.failures import Broken, Stale, UpstreamError
from hubbub.composite.balancer.forwarding import body_framing, request_head, response_headers
from hubbub.composite.balancer.limits import Limits, Timeouts
from hubbub.composite.balancer.pool import Http1, Pool
from hubbub.composite.balancer.streams import Connection, Opener, end_direction
from hubbub.composite.problem import Problem
from hubbub.composite.types import Message, Receive, Scope, Send


class Http1Client:
    """Carries requests to one upstream."""

    def __init__(self, name: str, opener: Opener, pool: Pool, *, timeouts: Timeouts, limits: Limits) -> None:
        self._name = name
        self._opener = opener
        self._pool = pool
        self._timeouts = timeouts
        self._limits = limits

    async def carry(self, scope: Scope, receive: Receive, send: Send, *, fresh: bool) -> None:
        """Carry one request; `fresh` for one that may not be repeated: a kept connection may have ended unnoticed.

        Raises:
            Problem: the request cannot be passed on.
            Unreached: no connection came about.
            Stale: a kept connection had ended.
            Broken: the connection ended in the middle, or what came is not HTTP.
        """
        first = await receive()  # before there is a connection: a slow client must not hold one
        if first["type"] != "http.request":
            return
        request = _request(scope, first)
        http = None if fresh else await self._pool.take()
        if http is None:
            connection = await Connection.open(self._opener, self._name, self._timeouts)
            http = Http1(connection, h11.Connection(h11.CLIENT, max_incomplete_event_size=self._limits.head))
        exchange = _Exchange(http, self._name, receive, send)
        try:
            await exchange.run(request, first)
        finally:
            if exchange.is_reusable:
                self._pool.put(http)
            else:
                http.connection.abort()


class _Exchange:
    """A request that goes up while its answer comes down."""

    def __init__(self, http: Http1, name: str, receive: Receive, send: Send) -> None:
        self._connection = http.connection
        self._state = http.state
        self._is_kept = http.is_kept
        self._name = name
        self._receive = receive
        self._send = send
        self._heard = False  # something of the answer
        self._left = False  # the client
        self._whole = False  # the answer was passed on to its end

    @property
    def is_reusable(self) -> bool:
        """Whether the connection can carry another request: both are done, and nothing came that was not asked for."""
        is_done = self._whole and self._state.our_state is h11.DONE and self._state.their_state is h11.DONE
        return is_done and not self._state.trailing_data[0]

    async def run(self, request: h11.Request, first: Message) -> None:
        upward = asyncio.create_task(self._upward(request, first), name=f"to {self._name}")
        try:
            await self._downward()
        except UpstreamError as error:
            if self._left:
                return
            if self._is_kept and not self._heard:
                raise Stale(str(error)) from error
            raise
        finally:
            await end_direction(upward)

    async def _upward(self, request: h11.Request, message: Message) -> None:
        try:
            await self._write(request)
            while message["type"] == "http.request":
                if message.get("body"):
                    await self._write(h11.Data(data=message["body"]))
                if not message.get("more_body", False):
                    await self._write(h11.EndOfMessage())
                message = await self._receive()
            self._left = True
            self._connection.abort()
        except h11.LocalProtocolError as error:
            # The body is not as long as was said, which servers in front see to.
            self._connection.abort()
            raise Broken(f"the request to {self._name} cannot be sent: {error}") from error
        except Exception:
            self._connection.abort()  # the other direction waits for an answer that will not come
            raise

    async def _write(self, event: Any) -> None:
        await self._connection.write(self._state.send(event) or b"")

    async def _downward(self) -> None:
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Response):
                headers = response_headers(event.headers, event.http_version)
                await self._send({"type": "http.response.start", "status": event.status_code, "headers": headers})
            elif isinstance(event, h11.Data):
                await self._send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
            elif isinstance(event, h11.EndOfMessage):  # its trailers are dropped (RFC 9110, 6.5.1)
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
                self._whole = True
                return
            elif not isinstance(event, h11.InformationalResponse):
                raise Broken(f"{self._name} ended the connection before the answer")

    async def _next_event(self) -> Any:
        try:
            while (event := self._state.next_event()) is h11.NEED_DATA:
                data = await self._connection.read()
                self._heard = self._heard or bool(data)
                if not data and self._state.their_state is h11.SEND_RESPONSE:
                    raise Broken(f"{self._name} closed the connection before it answered")
                self._state.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise Broken(f"{self._name} did not answer in HTTP, or not to the end: {error}") from error
        return event


def _request(scope: Scope, first: Message) -> h11.Request:
    head = request_head(scope)
    framing = body_framing(scope, first.get("body", b""), complete=not first.get("more_body", False))
    with suppress(h11.LocalProtocolError):
        return h11.Request(
            method=head.method, target=head.target, headers=[(b"host", head.host), *head.headers, *framing]
        )
    raise Problem(400, "invalid_request", "The request has a target or a header that HTTP/1.1 does not allow.")
