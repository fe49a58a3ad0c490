"""Calls of a balancer in memory, with a client that can wait, leave, or take nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from hubbub.composite.balancer import Balancer
from hubbub.composite.types import Message
from tests.support.asgi_calls import Call, body_events, call, http_scope, websocket_scope
from tests.support.deadline import DEADLINE


async def ask(balancer: Balancer, method: str = "GET", path: str = "/", body: bytes = b"", **more: Any) -> Call:
    """One request, answered."""
    events = body_events(*[body] if body else [])
    async with asyncio.timeout(DEADLINE):
        return await call(balancer, http_scope(path, method, **more), events)


class Asking(Call):
    """A request or a websocket that goes on while the test does something else."""

    def __init__(self, app: Any, scope: dict[str, Any], events: Iterable[Message]) -> None:
        super().__init__(events)
        self._kind = scope["type"]
        self.code = 1006
        self.task = asyncio.create_task(self._run(app, scope))

    @classmethod
    def request(cls, app: Any, method: str = "GET", path: str = "/") -> Asking:
        return cls(app, http_scope(path, method), body_events())

    @classmethod
    def websocket(cls, app: Any, *frames: Message, **more: Any) -> Asking:
        """Connects, and says the frames at once."""
        received: list[Message] = [{"type": "websocket.receive", **frame} for frame in frames]
        return cls(app, websocket_scope("/ws", **more), [{"type": "websocket.connect"}, *received])

    async def receive(self) -> Message:
        message = await super().receive()
        if message["type"] == "http.disconnect" and self._kind == "websocket":
            return {"type": "websocket.disconnect", "code": self.code}
        return message

    async def end(self) -> None:
        """Wait until the application is done with it."""
        async with asyncio.timeout(DEADLINE):
            await self.task

    async def _run(self, app: Any, scope: dict[str, Any]) -> None:
        await app(scope, self.receive, self.send)
