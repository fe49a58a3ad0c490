"""One WebSocket to an upstream, as an ASGI application would serve it: messages and closes both ways, by wsproto.

No compression is offered: what is inflated cannot be bounded before it is (as in `hypercorn_streams`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from hubbub.composite.balancer.failures import Broken, UpstreamError
from hubbub.composite.balancer.forwarding import request_head, response_headers
from hubbub.composite.balancer.limits import CLOSE_SECONDS, Limits, Timeouts
from hubbub.composite.balancer.streams import Connection, Opener, end_direction
from hubbub.composite.hypercorn_streams import CLOSE_ABNORMAL, CLOSE_TOO_BIG
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.types import Message, Receive, Scope, Send

# RFC 6455, 7.4.1: what is said where a close has no code; never on the wire. wsproto wants its own constant.
_CLOSE_NO_CODE = CloseReason.NO_STATUS_RCVD


class WebSocketClient:
    """Carries WebSockets to one upstream, each over a connection of its own."""

    def __init__(self, name: str, opener: Opener, *, timeouts: Timeouts, limits: Limits) -> None:
        self._name = name
        self._opener = opener
        self._timeouts = timeouts
        self._limits = limits

    async def carry(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one WebSocket from `websocket.connect` on.

        Raises:
            Problem: the request cannot be passed on.
            Unreached: no connection came about.
            Broken: the connection ended without a close, or what came is no WebSocket.
        """
        if (await receive())["type"] != "websocket.connect":
            return
        request = _request(scope)
        connection = await Connection.open(self._opener, self._name, self._timeouts)
        try:
            await _Exchange(connection, self._name, self._limits.message, scope, receive, send).run(request)
        finally:
            connection.abort()


class _Exchange:
    """One WebSocket: what the client says goes up in a task, what the upstream says comes down here."""

    def __init__(
        self, connection: Connection, name: str, most: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._connection = connection
        self._state = WSConnection(ConnectionType.CLIENT)
        self._name = name
        self._most = most
        self._scope = scope
        self._receive = receive
        self._send = send
        self._accepted = asyncio.Event()
        self._left = False  # the client

    async def run(self, request: Request) -> None:
        try:
            await self._connection.write(self._state.send(request))
        except (LocalProtocolError, UnicodeError) as error:
            raise Problem(400, "invalid_request", "The request has a header that HTTP/1.1 does not allow.") from error
        upward = asyncio.create_task(self._upward(), name=f"to {self._name}")
        try:
            await self._downward()
        except UpstreamError:
            if not self._left:
                raise
        finally:
            await end_direction(upward)

    async def _upward(self) -> None:
        try:
            while (message := await self._receive())["type"] == "websocket.receive":
                await self._accepted.wait()
                text = message.get("text")
                event = BytesMessage(data=message["bytes"]) if text is None else TextMessage(data=text)
                await self._say(event)
            self._left = True
            code = message.get("code", _CLOSE_NO_CODE)
            if code == CLOSE_ABNORMAL or self._state.state is ConnectionState.CONNECTING:
                self._connection.abort()  # it has not said goodbye, so that the upstream hears none
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._say(_close_of(message))
                    await asyncio.sleep(CLOSE_SECONDS)  # `_downward` reads on to the answer, and no longer
            self._connection.abort()
        except Exception:
            self._connection.abort()
            raise

    async def _say(self, event: Event) -> None:
        with suppress(LocalProtocolError):  # it is closing; what else is said is lost, as on any WebSocket
            await self._connection.write(self._state.send(event))

    async def _downward(self) -> None:
        parts: list[str | bytes] = []
        size = 0
        async for event in self._events():
            if isinstance(event, TextMessage | BytesMessage):
                parts.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
                size += len(event.data)
                if size > self._most:
                    await self._say(CloseConnection(code=CLOSE_TOO_BIG))
                    await self._send({"type": "websocket.close", "code": CLOSE_TOO_BIG, "reason": ""})
                    return
                if event.message_finished:
                    await self._send(_message(parts))
                    parts, size = [], 0
            elif isinstance(event, AcceptConnection):
                self._accepted.set()
                headers = response_headers(event.extra_headers)
                await self._send({"type": "websocket.accept", "subprotocol": event.subprotocol, "headers": headers})
            elif isinstance(event, RejectConnection):
                await self._refuse(event)
                return
            elif isinstance(event, Ping):
                await self._say(event.response())
            elif isinstance(event, CloseConnection):
                await self._close(event)
                return

    async def _close(self, event: CloseConnection) -> None:
        if self._left:
            return
        if self._state.state is not ConnectionState.REMOTE_CLOSING:
            raise Broken(f"{self._name} broke the WebSocket: {event.reason or 'no close'}")
        await self._say(event.response())
        code = 1000 if event.code == _CLOSE_NO_CODE else int(event.code)  # ASGI has no close without a code
        await self._send({"type": "websocket.close", "code": code, "reason": event.reason or ""})

    async def _refuse(self, event: RejectConnection) -> None:
        """Pass on a refusal as it is, or as far as the server in front can say it."""
        if event.status_code < 200:
            raise Broken(f"{self._name} answered a WebSocket with {event.status_code}")
        if "websocket.http.response" not in (self._scope.get("extensions") or {}):
            problem = Problem(event.status_code, "refused", "The server refused the WebSocket.")
            await send_problem(self._scope, self._send, problem)
            return
        headers = response_headers(event.headers)
        await self._send({"type": "websocket.http.response.start", "status": event.status_code, "headers": headers})
        if event.has_body:
            async for part in self._events():
                if isinstance(part, RejectData):
                    await self._send(_refusal_body(bytes(part.data), more=not part.body_finished))
                    if part.body_finished:
                        return
        await self._send(_refusal_body(b"", more=False))

    async def _events(self) -> AsyncIterator[Event]:
        """What comes, until the upstream has ended the connection."""
        while True:
            for event in self._state.events():
                yield event
            data = await self._connection.read()
            try:
                self._state.receive_data(data or None)
            except RemoteProtocolError as error:
                raise Broken(f"{self._name} did not answer as a WebSocket does: {error}") from error
            if not data:
                for event in self._state.events():
                    yield event
                raise Broken(f"{self._name} ended the connection of a WebSocket")


def _request(scope: Scope) -> Request:
    head = request_head(scope)
    try:
        target, host = head.target.decode("ascii"), head.host.decode("ascii")
    except UnicodeDecodeError as error:
        raise Problem(400, "invalid_request", "The target or the host of the request is not ASCII.") from error
    return Request(
        host=host, target=target, extra_headers=head.headers, subprotocols=list(scope.get("subprotocols") or ())
    )


def _message(parts: list[str | bytes]) -> Message:
    if isinstance(parts[0], str):
        return {"type": "websocket.send", "text": "".join(part for part in parts if isinstance(part, str))}
    return {"type": "websocket.send", "bytes": b"".join(part for part in parts if isinstance(part, bytes))}


def _close_of(message: Message) -> CloseConnection:
    code = message.get("code", _CLOSE_NO_CODE)
    if code == _CLOSE_NO_CODE:
        return CloseConnection(code=_CLOSE_NO_CODE)
    return CloseConnection(code=code, reason=message.get("reason") or None)


def _refusal_body(body: bytes, *, more: bool) -> Message:
    return {"type": "websocket.http.response.body", "body": body, "more_body": more}
