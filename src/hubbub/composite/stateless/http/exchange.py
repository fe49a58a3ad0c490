"""One request and its answer: what the application sends becomes h11's events, in the order that ASGI allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import h11

_BODILESS = frozenset({204, 304})  # RFC 9110, 6.4.1; 1xx is not an answer

Write = Callable[[h11.Event], Awaitable[None]]


class ClientGone(OSError):
    """The client has left; ASGI has `send` raise an OSError then."""


class Exchange:
    """The answer to one request; `write` puts an event on the wire and waits until it is taken."""

    def __init__(self, method: bytes, write: Write) -> None:
        self._write = write
        self._head_only = method == b"HEAD"
        self._head: h11.Response | None = None  # held back until there is a body, so that a failure can still be told
        self.started = False
        self.complete = False
        self.gone = False

    async def send(self, message: dict[str, Any]) -> None:
        """What the application sends.

        Raises:
            ClientGone: nobody is there to be sent it.
            RuntimeError: it comes at a wrong time, or is none of HTTP's messages.
            h11.LocalProtocolError: it is not what the head has announced.
        """
        if self.gone:
            raise ClientGone("the client has left")
        match message["type"]:
            case "http.response.start" if self._head is None and not self.started:
                self._head = _response(message["status"], message.get("headers", ()))
            case "http.response.body" if (self._head or self.started) and not self.complete:
                await self._send_body(message.get("body", b""), more=message.get("more_body", False))
            case kind:
                raise RuntimeError(f"{kind} cannot be sent now: one http.response.start, then http.response.body")

    async def answer(self, status: HTTPStatus, detail: str) -> None:
        """Answer in the application's place, and close after it; only before anything has gone out."""
        self._head = _response(
            status, [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")], len(detail.encode())
        )
        await self._send_body(detail.encode(), more=False)

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            self._head_only = self._head_only or head.status_code in _BODILESS
            self.started = True
            await self._write(head)
        if body and not self._head_only:
            await self._write(h11.Data(data=body))
        if not more:
            self.complete = True
            await self._write(h11.EndOfMessage())


def _response(status: int, headers: Iterable[tuple[bytes, bytes]], length: int | None = None) -> h11.Response:
    fields = [(bytes(name), bytes(value)) for name, value in headers]
    if length is not None:
        fields.append((b"content-length", b"%d" % length))
    if all(name.lower() != b"date" for name, _ in fields):  # RFC 9110, 6.6.1
        fields.append((b"date", formatdate(usegmt=True).encode("ascii")))
    return h11.Response(status_code=status, headers=fields)
