"""Waiting for something to be so: `asyncio.Event` without the 900 bytes that one of those takes for nobody."""

from __future__ import annotations

import asyncio


class Flag:
    """As `asyncio.Event`: `set` lets go of all who wait; whoever comes while it is set does not wait."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self, *, is_set: bool = False) -> None:
        self._is_set = is_set
        self._waiting: list[asyncio.Future[None]] | None = None  # made for the first who waits

    def is_set(self) -> bool:
        """Whether it is so."""
        return self._is_set

    def set(self) -> None:
        """It is so, until it is cleared."""
        self._is_set = True
        waiting, self._waiting = self._waiting, None
        for each in waiting or ():
            if not each.done():
                each.set_result(None)

    def clear(self) -> None:
        """It is not so any more."""
        self._is_set = False

    async def wait(self) -> None:
        """Wait until it is so, if only for a moment."""
        if self._is_set:
            return
        waiting = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(waiting)
        try:
            await waiting
        finally:
            if self._waiting is not None and waiting in self._waiting:
                self._waiting.remove(waiting)
