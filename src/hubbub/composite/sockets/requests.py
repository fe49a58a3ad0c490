"""The HTTP side of an Engine.IO request: its query, its body, its answer. Knows no session."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

from hubbub.composite.hypercorn_streams import cut_stream
from hubbub.composite.limits import CUT_SECONDS
from hubbub.composite.scopes import SERVER_SEND
from hubbub.composite.sockets import strict_json
from hubbub.composite.sockets.counters import POLLING, WEBSOCKET
from hubbub.composite.sockets.engine_packets import PROTOCOL
from hubbub.composite.sockets.limits import SocketLimits
from hubbub.composite.types import Receive, Scope, Send

QUERY_FIELDS = 32  # the protocol has four; applications may add some
RETRY_AFTER_SECONDS = 1  # a restart takes about as long
TEXT = b"text/plain; charset=UTF-8"
JSON = b"application/json"


@dataclass
class Refusal(Exception):
    """Why a request is not served, as the reference server words it (https://socket.io/docs/v4/server-api/)."""

    code: int | None
    message: str
    status: int = HTTPStatus.BAD_REQUEST

    def body(self) -> bytes:
        """The refusal as the reference server sends it."""
        code = {} if self.code is None else {"code": self.code}
        return strict_json.dumps({**code, "message": self.message}).encode("utf-8")


def transport_unknown() -> Refusal:
    """Neither polling nor websocket."""
    return Refusal(0, "Transport unknown")


def session_unknown() -> Refusal:
    """No session has this id, or not any more."""
    return Refusal(1, "Session ID unknown")


def bad_handshake_method() -> Refusal:
    """A session starts with GET."""
    return Refusal(2, "Bad handshake method")


def bad_request() -> Refusal:
    """Anything else that the protocol does not allow."""
    return Refusal(3, "Bad request")


def unsupported_version() -> Refusal:
    """Not protocol version 4."""
    return Refusal(5, "Unsupported protocol version")


def too_large() -> Refusal:
    """A body over `payload_bytes`."""
    return Refusal(3, "Payload too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def turned_away() -> Refusal:
    """The server has no room, or is about to stop."""
    return Refusal(None, "The server is busy or restarting; try again", HTTPStatus.SERVICE_UNAVAILABLE)


class Gone(Exception):
    """The client left before its request was complete."""


def query_of(scope: Scope) -> dict[str, list[str]]:
    """The query of a handshake, empty values included.

    Raises:
        Refusal: it has too many fields.
    """
    try:
        return parse_qs(
            scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_FIELDS
        )
    except ValueError as error:
        raise bad_request() from error


def session_id_of(scope: Scope) -> str | None:
    """The session a request belongs to; `None` when it asks for a new one.

    Raises:
        Refusal: the transport or the protocol version is missing, unknown, or not for this kind of request.
    """
    query = query_of(scope)
    expected, other = (WEBSOCKET, POLLING) if scope["type"] == "websocket" else (POLLING, WEBSOCKET)
    transport = query.get("transport")
    if transport not in ([expected], [other]):
        raise transport_unknown()
    if query.get("EIO") != [PROTOCOL]:
        raise unsupported_version()
    if transport == [other] or "j" in query:  # JSONP, for browsers of 2010
        raise bad_request()
    return query.get("sid", [""])[0] or None


def poll_mark(scope: Scope, handshake: Scope) -> str | None:
    """What tells a poll of a client from its next one; `None` where nothing does.

    Official clients add a `t` that is new in each request (their option `timestampRequests`). One that is as it was in
    the handshake is something of an application's.
    """
    mark, at_first = (query_of(each).get("t") for each in (scope, handshake))
    return None if mark is None or mark == at_first else "\n".join(mark)


def wants_text(scope: Scope) -> bool:
    """Whether the client cannot take binary frames: the official client's option `forceBase64`."""
    return "b64" in query_of(scope)


class RequestBody:
    """The body of one request; reading it is bounded in bytes and seconds."""

    __slots__ = ("_limits", "_receive", "_started")

    def __init__(self, receive: Receive, limits: SocketLimits) -> None:
        self._receive = receive
        self._limits = limits
        self._started = False

    async def read(self) -> bytes:
        """The whole body, read to its end even when it is too long: Hypercorn 0.18 needs that to keep the connection.

        Raises:
            Refusal: it is too long, or came too slowly.
            Gone: the client left.
        """
        self._started = True
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                return await self._read()
        except TimeoutError as error:
            raise Refusal(3, "The body came too slowly", HTTPStatus.REQUEST_TIMEOUT) from error

    async def skip(self) -> None:
        """Read it if nobody did yet, before a refusal.

        Raises:
            Gone: the client left.
        """
        if not self._started:
            with contextlib.suppress(Refusal):
                await self.read()

    async def _read(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        more = True
        while more and size <= self._limits.discarded_bytes:
            message = await self._receive()
            if message["type"] != "http.request":
                raise Gone
            part = message.get("body", b"")
            size += len(part)
            if size <= self._limits.payload_bytes:
                parts.append(part)
            more = message.get("more_body", False)
        if size > self._limits.payload_bytes:
            raise too_large()
        return b"".join(parts)


async def answer(
    send: Send, body: bytes, limits: SocketLimits, *, status: int = HTTPStatus.OK, kind: bytes = TEXT
) -> None:
    """Answer an HTTP request.

    Raises:
        TimeoutError: the client did not take the answer within `send_seconds`.
    """
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    async with asyncio.timeout(limits.send_seconds):
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def refuse_websocket(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Refuse a handshake: by a response where the server can, otherwise by closing, which clients see as 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    body = refusal.body()
    headers = [(b"content-type", JSON), (b"content-length", b"%d" % len(body))]
    await send({"type": "websocket.http.response.start", "status": int(refusal.status), "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


async def cut(scope: Scope, send: Send) -> None:
    """End what a client does not take, its stream or its connection; the server would wait for it for ever."""
    await cut_stream(scope.get(SERVER_SEND, send), CUT_SECONDS)
