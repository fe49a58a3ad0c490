"""The lifespan of an application inside another: the server's part of the protocol, played towards it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from hubbub.composite.limits import CANCEL_SECONDS
from hubbub.composite.types import AnyASGIApp, Message, Scope

logger = logging.getLogger(__name__)


class LifespanFailedError(Exception):
    """An application inside said that its start or its stop failed, and why."""


class InnerLifespan:
    """Starts and stops an application by ASGI's lifespan messages; one that does not know them is left alone."""

    def __init__(self, app: AnyASGIApp, scope: Scope, name: str = "the inner application") -> None:
        """`name` is for logs and errors."""
        self.name = name
        self._app = app
        self._scope = scope
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()  # at most two messages, ever
        self._reply: asyncio.Future[Message] | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = False

    async def start(self) -> None:
        """Start it.

        Raises:
            LifespanFailedError: it answered that it failed.
        """
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"lifespan of {self.name}")
        self._task.add_done_callback(_error)  # what it raises behind its answer is heard of, and said nowhere else
        try:
            reply = await self._ask("startup")
        except asyncio.CancelledError:
            self._task.cancel()
            raise
        if reply is None:
            # "If an exception is raised when calling the application callable with a lifespan.startup message [...]
            # the server must continue but not send any lifespan events." (ASGI, Lifespan Protocol)
            logger.debug("%s has no lifespan: %r", self.name, _error(self._task))
            self._task = None
        self._started = True

    async def stop(self) -> None:
        """Stop it, unless it has no lifespan, and wait until it has returned.

        One that said that its start failed gets no more messages, as from a server (ASGI, Lifespan Protocol), and has
        `CANCEL_SECONDS` to return.

        Raises:
            LifespanFailedError: it answered that it failed.
        """
        if self._task is None:
            return
        try:
            if not self._started:
                await asyncio.wait({self._task}, timeout=CANCEL_SECONDS)
                return
            if await self._ask("shutdown") is None and (error := _error(self._task)) is not None:
                raise LifespanFailedError(f"the lifespan of {self.name} broke off: {error!r}") from error
            await asyncio.wait({self._task})
        finally:
            self._task.cancel()

    async def _run(self) -> None:
        await self._app(self._scope, self._inbox.get, self._take)

    async def _take(self, reply: Message) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(reply)

    async def _ask(self, step: str) -> Message | None:
        """The answer to a message, or `None` when the application has returned or raised without one."""
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._reply = reply
        self._inbox.put_nowait({"type": f"lifespan.{step}"})
        waiting: set[asyncio.Future[Any]] = {reply} if self._task is None else {reply, self._task}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            return None
        if reply.result()["type"] == f"lifespan.{step}.failed":
            raise LifespanFailedError(reply.result().get("message") or f"{self.name} failed in its {step}")
        return reply.result()


def _error(task: asyncio.Task[None]) -> BaseException | None:
    return None if not task.done() or task.cancelled() else task.exception()
