"""Starting and stopping an ASGI application in memory, as a server does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hubbub.composite.types import AnyASGIApp, Message
from hubbub.testing.deadlines import DEADLINE, within


class LifespanFailed(Exception):
    """The application said, or raised, that it could not start or stop; the text is its own."""


@asynccontextmanager
async def running(app: AnyASGIApp, *, timeout: float = DEADLINE) -> AsyncIterator[dict[str, Any]]:
    """Run the lifespan for the length of a block; gives its `state`, which the scopes of its requests hold.

    An application that ends or raises at the lifespan scope before it answers has none, as the specification allows,
    and is served all the same.

    Raises:
        LifespanFailed: with `startup.failed` before the block, with `shutdown.failed` or an exception after it.
        TimeoutError: one of the two took longer than `timeout` seconds.
    """
    lifespan = _Lifespan(app, timeout)
    try:
        await lifespan.step("startup")
        try:
            yield lifespan.state
        finally:
            await lifespan.step("shutdown")
    finally:
        await lifespan.end()


class _Lifespan:
    def __init__(self, app: AnyASGIApp, timeout: float) -> None:
        self._timeout = timeout
        self.state: dict[str, Any] = {}
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._task = asyncio.ensure_future(app(scope, self._to_app.get, self._send))
        self._supported = True
        self._last_word = False  # it failed or is shut down, and is about to return

    async def step(self, name: str) -> None:
        """Ask for one of the two steps, and wait for the answer."""
        if not self._supported:
            return
        self._to_app.put_nowait({"type": f"lifespan.{name}"})
        answer = await within(self._timeout, self._answer(name), lambda: f"the {name} of the application")
        if answer is None:
            self._supported = False
            return
        failed = answer["type"] == f"lifespan.{name}.failed"
        self._last_word = failed or name == "shutdown"
        if failed:
            raise LifespanFailed(answer.get("message") or f"the application failed at its {name}")

    async def end(self) -> None:
        """Be done with the application: let it return if it is about to, cancel it otherwise."""
        if self._last_word:
            await asyncio.wait({self._task}, timeout=self._timeout)
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _send(self, message: Message) -> None:
        self._from_app.put_nowait(message)

    async def _answer(self, name: str) -> Message | None:
        """What the application says; None if it ended before it said anything at the start."""
        answer = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done() or not self._from_app.empty():
            return await answer
        answer.cancel()
        error = None if self._task.cancelled() else self._task.exception()
        if name == "shutdown":
            raise LifespanFailed(f"the application was over before its shutdown: {error!r}") from error
        return None
