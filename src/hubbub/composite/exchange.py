"""One request or one websocket as this layer sees it: how far its answer has come, and how it can still be ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hubbub.composite.hypercorn_streams import is_gone
from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.types import Message, Receive, Scope, Send

CLOSE_SERVICE_RESTART = 1012  # IANA registry of WebSocket close codes

_ANSWER_STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})


class Exchange:
    """Passes messages between the server and the application, and notes what they mean.

    `receive` and `send` are what the application gets, `server_send` is the server's own.
    """

    __slots__ = (
        "_leaving",
        "_receiver",
        "_server_receive",
        "_shut",
        "interrupted",
        "is_websocket",
        "scope",
        "server_send",
        "started",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, leaving: Callable[[], bool]) -> None:
        """`leaving` says whether the server is on its way out, so that kept-alive connections end."""
        self.scope = scope
        self.server_send = send
        self.is_websocket = scope["type"] == "websocket"
        self.interrupted = False
        self.started = False  # the answer, or the acceptance of the websocket, is on its way
        self._server_receive = receive
        self._receiver: asyncio.Task[object] | None = None  # the task that waits in `receive`
        self._leaving = leaving
        self._shut = False

    async def receive(self) -> Message:
        """The ASGI `receive` of the application; says that the client is gone once the exchange is interrupted."""
        if not self.interrupted:
            self._receiver = receiver = asyncio.current_task()
            try:
                return await self._server_receive()
            except asyncio.CancelledError:
                if receiver is None or not self._was_interrupted():
                    raise
                receiver.uncancel()
            finally:
                self._receiver = None
        if self.is_websocket:
            return {"type": "websocket.disconnect", "code": CLOSE_SERVICE_RESTART}
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """The ASGI `send` of the application."""
        if self._shut:
            return  # we closed it; the application has not heard of that yet
        kind = message["type"]
        if kind in _ANSWER_STARTS:
            self.started = True
            if kind == "http.response.start" and self._leaving():
                message = _with_close(message, self.scope)
        elif kind == "websocket.close":
            self._shut = True
        elif is_gone(self.server_send):
            # What is sent is dropped at once. A handler that never waits would keep everybody from running, and
            # the news that its client is gone from itself.
            await asyncio.sleep(0)
        await self.server_send(message)

    def interrupt(self) -> None:
        """Tell the application that the client is gone.

        Comes before its task is cancelled: Quart 0.22 handles a request in a second task, which it ends when the
        client is gone, and leaves running when it is cancelled itself.
        """
        self.interrupted = True
        if self._receiver is not None:
            self._receiver.cancel()

    def _was_interrupted(self) -> bool:
        return self.interrupted

    async def refuse(self, problem: Problem) -> None:
        """End it by a problem, unless its answer has started."""
        if not self.started and not self._shut:
            await send_problem(self.scope, self.send, problem)
            self._shut = True

    async def close(self, code: int, reason: str) -> None:
        """Close the websocket; what the application sends afterwards is dropped."""
        if not self._shut:
            self._shut = True
            await self.server_send({"type": "websocket.close", "code": code, "reason": reason})


def _with_close(message: Message, scope: Scope) -> Message:
    if not str(scope.get("http_version", "1.1")).startswith("1"):
        return message  # HTTP/2 has no such header (RFC 9113, 8.2.2)
    kept = [item for item in message.get("headers", ()) if item[0].lower() != b"connection"]
    return {**message, "headers": [*kept, (b"connection", b"close")]}
