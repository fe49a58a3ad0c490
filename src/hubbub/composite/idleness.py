"""Who waits for so long that it is enough; one timer for all of them. Knows nothing of what they are."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable


class Idleness:
    """Those that are idle, each with what is called after `seconds` of it.

    All wait equally long, so whoever began first is due first, and to begin and to end cost no timer of one's own.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # Not a dict: finding its oldest key takes as long as it has had older ones.
        self._due: OrderedDict[Callable[[], None], float] = OrderedDict()  # {called: when}, the first one first
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._due)

    def begin(self, end: Callable[[], None]) -> None:
        """Be idle from now on."""
        loop = asyncio.get_running_loop()
        self._due.pop(end, None)
        self._due[end] = due = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(due, self._look)

    def stop(self, end: Callable[[], None]) -> None:
        """Be idle no more; nothing happens if it was not."""
        self._due.pop(end, None)

    def end_all(self) -> None:
        """Call all of them now."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        while self._due:
            end, _ = self._due.popitem(last=False)
            end()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._due:
            end, due = next(iter(self._due.items()))
            if due > loop.time():
                self._timer = loop.call_at(due, self._look)
                return
            del self._due[end]
            end()
