"""A WebSocket to an ASGI application in memory."""

from __future__ import annotations

import json
from typing import Any

import httpx

from hubbub.composite.types import AnyASGIApp, Message
from hubbub.testing.deadlines import DEADLINE, within
from hubbub.testing.exchange import Exchange

NORMAL = 1000  # RFC 6455, 7.4.1
NO_STATUS = 1005  # a close without a code
ABNORMAL = 1006  # an end without a close
REFUSED = 403  # what a server answers when an application closes before it accepts


class WebSocketRefused(Exception):
    """The handshake was answered by `response` and not by a WebSocket."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"the WebSocket was refused with {response.status_code}: {response.text}")
        self.response = response


class WebSocketClosed(Exception):
    """The WebSocket is over; 1006 is an end without a close."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the WebSocket was closed with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class WebSocketClient:
    """One open WebSocket. What the test does not receive waits, up to `exchange.HIGH_WATER` bytes."""

    def __init__(self, exchange: Exchange, accepted: Message) -> None:
        self.subprotocol: str | None = accepted.get("subprotocol")
        self.headers = httpx.Headers(list(accepted.get("headers", ())))
        self._exchange = exchange
        self._closed: WebSocketClosed | None = None

    @classmethod
    async def connect(cls, app: AnyASGIApp, scope: dict[str, Any], *, timeout: float = DEADLINE) -> WebSocketClient:
        """Shake hands.

        Raises:
            WebSocketRefused: with the answer, or a bare 403 where the application closed or returned instead.
            TimeoutError: the application does neither.
        """
        exchange = Exchange(app, scope)
        exchange.tell({"type": "websocket.connect"})
        try:
            answer = await within(timeout, exchange.hear(), lambda: f"an answer to the handshake of {exchange}")
            if answer is None or answer["type"] != "websocket.accept":
                raise WebSocketRefused(await _refusal(exchange, answer))
        except BaseException:
            await exchange.end(_goodbye(ABNORMAL))
            raise
        return cls(exchange, answer)

    async def send(self, data: str | bytes) -> None:
        """Send a frame.

        Raises:
            WebSocketClosed: the WebSocket is over.
        """
        if self._exchange.over or self._closed is not None:
            raise self._closed or WebSocketClosed(ABNORMAL, "")
        kind = "text" if isinstance(data, str) else "bytes"
        self._exchange.tell({"type": "websocket.receive", kind: data})

    async def taken(self) -> None:
        """Wait until the application has what was sent and waits for more, or has returned."""
        await self._exchange.asked()

    async def send_json(self, data: object) -> None:
        """Send a text frame of JSON."""
        await self.send(json.dumps(data))

    async def receive(self, *, timeout: float | None = DEADLINE) -> str | bytes:
        """The next frame.

        Raises:
            WebSocketClosed: there is none, and will be none.
            TimeoutError: none came within so many seconds; None waits for ever.
        """
        if self._closed is not None:
            raise self._closed
        if timeout is None:
            message = await self._exchange.hear()
        else:
            message = await within(timeout, self._exchange.hear(), lambda: f"a frame of {self._exchange}")
        if message is not None and message["type"] == "websocket.send":
            text = message.get("text")
            return str(text) if text is not None else bytes(message["bytes"])
        closed = message or {"code": ABNORMAL}
        self._closed = WebSocketClosed(closed.get("code") or NORMAL, closed.get("reason") or "")
        raise self._closed

    async def receive_json(self, *, timeout: float | None = DEADLINE) -> Any:
        """The next frame, which is JSON; raises as `receive` does."""
        return json.loads(await self.receive(timeout=timeout))

    async def wait_closed(self, *, timeout: float = DEADLINE) -> WebSocketClosed:
        """Take what still comes, until the end; how it ended.

        Raises:
            TimeoutError: the server does not end it within so many seconds from one frame to the next.
        """
        while self._closed is None:
            try:
                await self.receive(timeout=timeout)
            except WebSocketClosed as closed:
                return closed
        return self._closed

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close it, if it is open, and wait until the application has returned."""
        await self._exchange.end(_goodbye(code, reason))
        self._closed = self._closed or WebSocketClosed(code, reason)


def _goodbye(code: int, reason: str = "") -> Message:
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


async def _refusal(exchange: Exchange, answer: Message | None) -> httpx.Response:
    """The HTTP response that an application refused with, or what a server makes of a close or a silent end."""
    if answer is None or answer["type"] != "websocket.http.response.start":
        return httpx.Response(REFUSED)
    body = b""
    while (message := await exchange.hear()) is not None:
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return httpx.Response(answer["status"], headers=list(answer.get("headers", ())), content=body)
