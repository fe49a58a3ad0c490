"""One ASGI request or websocket handed to the process that it belongs to, over a connection of its own.

The process that has the client is the carrier; the one that has the application is the host. Each ASGI message is a
frame, so that backpressure is that of the connection. The host hears that the last piece of a response was handed to
the client: whether it had what went to a carrier that was killed, nobody knows.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from hubbub.composite.mesh.directory import Streams
from hubbub.composite.mesh.frames import BadFrame, Frame, encode_frame, read_frame, write_frame
from hubbub.composite.mesh.limits import CLOSE_SECONDS, INBOUND_MESSAGES
from hubbub.composite.sockets.elsewhere import MaybeDelivered
from hubbub.composite.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

END = "end"  # of an exchange that came to its end; without it the host was killed, or gave up
TAKEN = "taken"  # by the client's connection: the last piece of a response
_BINARY = ("body", "bytes")
_LEAVES = {"http": "http.disconnect", "websocket": "websocket.disconnect"}
_BODIES = frozenset({"http.response.body", "websocket.http.response.body"})
_ABNORMAL = 1006  # RFC 6455, 7.4.1
# What ASGI 3.0 says of a scope, less what is of one process only (`state`, extensions' values).
_PLAIN = ("type", "http_version", "method", "scheme", "path", "root_path", "client", "server", "subprotocols", "asgi")
_BYTES = ("raw_path", "query_string")


class Lost(Exception):
    """The host is gone, or gave the exchange up; `started` says whether the client has had a part of the answer."""

    def __init__(self, *, started: bool) -> None:
        super().__init__("the worker that has the session is gone")
        self.started = started


def encode_scope(scope: Scope) -> dict[str, Any]:
    """A scope as JSON has it; of other keys those with text are kept."""
    coded: dict[str, Any] = {key: value for key, value in scope.items() if key in _PLAIN or isinstance(value, str)}
    for key in _BYTES:
        if scope.get(key) is not None:
            coded[key] = scope[key].decode("latin-1")
    coded["headers"] = _text(scope["headers"])
    coded["extensions"] = sorted(scope.get("extensions") or ())
    return coded


def decode_scope(coded: dict[str, Any]) -> Scope:
    """`encode_scope` undone."""
    scope: dict[str, Any] = dict(coded)
    for key in _BYTES:
        if key in scope:
            scope[key] = scope[key].encode("latin-1")
    scope["headers"] = _pairs(coded["headers"])
    scope["extensions"] = {name: {} for name in coded["extensions"]}
    for key in ("client", "server"):
        if scope.get(key) is not None:
            scope[key] = tuple(scope[key])
    return scope


def encode_message(message: Message) -> bytes:
    """An ASGI message as a frame."""
    head = dict(message)
    body = b""
    for key in _BINARY:
        if isinstance(head.get(key), bytes | bytearray | memoryview):
            head["binary"], body = key, bytes(head.pop(key))
    if "headers" in head:
        head["headers"] = _text(head["headers"])
    return encode_frame(head, body)


def decode_message(frame: Frame) -> Message:
    """`encode_message` undone."""
    message = dict(frame.head)
    binary = message.pop("binary", None)
    if binary is not None:
        message[binary] = frame.body
    if "headers" in message:
        message["headers"] = _pairs(message["headers"])
    return message


# --- the carrier ---


async def carry(streams: Streams, receive: Receive, send: Send, *, patience: float) -> None:
    """Carry an exchange to its end; the client has `patience` seconds to take each message.

    Raises:
        Lost: the host is gone.
        TimeoutError: the client does not take what it is sent.
    """
    reader, writer = streams
    upward = asyncio.create_task(_pass_on(receive, writer))
    started = answered = False
    try:
        while (frame := await read_frame(reader)) is not None:
            if frame.head["type"] == END:
                return
            async with asyncio.timeout(patience):
                await send(decode_message(frame))
            started = True
            if _ends_response(frame.head):
                answered = True
                with suppress(ConnectionResetError):  # the client has all that there was
                    write_frame(writer, encode_frame({"type": TAKEN}))
        if not answered and not (upward.done() and upward.result()):  # the client is still there, and waits
            raise Lost(started=started)
    except BadFrame as error:
        raise Lost(started=started) from error
    finally:
        upward.cancel()
        await asyncio.gather(upward, return_exceptions=True)
        writer.close()


async def _pass_on(receive: Receive, writer: asyncio.StreamWriter) -> bool:
    """Whether the client has left; otherwise the host is gone, which the other direction finds as well."""
    try:
        while True:
            message = await receive()
            write_frame(writer, encode_message(message))
            await writer.drain()
            if message["type"] in _LEAVES.values():
                return True
    except OSError:
        return False


# --- the host ---


class Host:
    """Serves what carriers bring to an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, hello: Frame, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one exchange to its end."""
        scope = decode_scope(hello.head["scope"])
        carried = _Carried(scope["type"], writer)
        pumping = asyncio.create_task(carried.pump(reader))
        try:
            await self._app(scope, carried.receive, carried.send)
            if carried.complete:
                write_frame(writer, encode_frame({"type": END}))
                # The carrier closes first: writing to a closed connection would cost it what it has yet to read.
                await asyncio.wait({pumping}, timeout=CLOSE_SECONDS)
        except OSError:
            log.debug("a client left, or the worker that had it")
        finally:
            pumping.cancel()
            await asyncio.wait({pumping})


class _Carried:
    """The two directions of an exchange, as its application sees them."""

    def __init__(self, kind: str, writer: asyncio.StreamWriter) -> None:
        self.complete = False
        self._kind = kind
        self._writer = writer
        self._inbound: deque[Message] = deque()
        self._changed = asyncio.Event()  # something to receive, or nothing any more
        self._room = asyncio.Event()
        self._settled = asyncio.Event()  # whether the last piece was taken
        self._answered = self._taken = self._gone = False

    async def pump(self, reader: asyncio.StreamReader) -> None:
        """Read what the carrier sends."""
        try:
            while (frame := await read_frame(reader)) is not None:
                if frame.head["type"] == TAKEN:
                    self._taken = True
                    self._settled.set()
                elif not self._is_unwanted(frame):
                    await self._put(decode_message(frame))
        except BadFrame as error:
            log.warning("a worker hands over %s", error)
        finally:
            self._gone = True
            self._changed.set()
            self._settled.set()

    async def receive(self) -> Message:
        while not self._inbound and not self._gone:
            self._changed.clear()
            await self._changed.wait()
        if not self._inbound:
            return {"type": _LEAVES[self._kind], "code": _ABNORMAL}
        self._room.set()
        return self._inbound.popleft()

    async def send(self, message: Message) -> None:
        if self._gone:
            raise ConnectionResetError("the client, or the worker that had it, is gone")
        write_frame(self._writer, encode_message(message))
        await self._writer.drain()
        if _ends_response(message):
            self._answered = True
            self._room.set()
            await self._settled.wait()
            if not self._taken:
                raise MaybeDelivered("the worker that had the client was gone before it said what the client had")
        self.complete = self.complete or _is_last(message)

    async def _put(self, message: Message) -> None:
        while len(self._inbound) >= INBOUND_MESSAGES and not self._answered:
            self._room.clear()
            await self._room.wait()
        self._inbound.append(message)
        self._changed.set()

    def _is_unwanted(self, frame: Frame) -> bool:
        # The rest of a body whose request is answered: nobody asks for it.
        return self._answered and frame.head["type"] == "http.request"


def _ends_response(message: Message) -> bool:
    return bool(message["type"] == "http.response.body" and not message.get("more_body", False))


def _is_last(message: Message) -> bool:
    if message["type"] in _BODIES:
        return not message.get("more_body", False)
    return bool(message["type"] == "websocket.close")


def _text(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in headers]


def _pairs(headers: Iterable[Sequence[str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
