"""One client's waiting work: done one at a time, in order, bounded. Knows not what the work is."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]
Spawn = Callable[[Coroutine[Any, Any, None]], object]  # starts a task and keeps a reference to it


class Inbox:
    """Work waits here; a task exists only while some does."""

    __slots__ = ("_limit", "_running", "_spawn", "_waiting")

    def __init__(self, limit: int, spawn: Spawn) -> None:
        self._limit = limit
        self._spawn = spawn
        self._waiting: list[Work] = []  # few, and mostly none: a deque takes 760 bytes
        self._running = False

    def offer(self, work: Work, *, under_way: int = 0) -> bool:
        """Append work of the client's making; `False` if too much waits already, with what else is `under_way`."""
        if not self.has_room(under_way):
            return False
        self.append(work)
        return True

    def has_room(self, under_way: int) -> bool:
        """Whether more may wait, beside so much that is `under_way`."""
        return len(self._waiting) + under_way < self._limit

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is being done."""
        return not self._running

    def append(self, work: Work) -> None:
        """Append work that must be done, however much waits."""
        self._waiting.append(work)
        if not self._running:
            self._running = True
            self._spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._one(self._waiting.pop(0))
        finally:
            self._running = False

    async def _one(self, work: Work) -> None:
        try:
            await work()
        except Exception:
            logger.exception("work for a client failed")
