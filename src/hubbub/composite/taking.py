"""Whether a peer takes what waits for it; knows neither how it waits nor what becomes of the peer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hubbub.composite.limits import TAKE_SECONDS


class Taking:
    """Calls `give_up` once the bytes that wait have not become fewer for `TAKE_SECONDS`, unless it is stopped.

    It looks at intervals of that length, so that it may take two of them.
    """

    def __init__(self, waiting: Callable[[], int], give_up: Callable[[], None]) -> None:
        self._waiting = waiting
        self._give_up = give_up
        self._before = 0
        self._timer = self._start()

    def stop(self) -> None:
        """All was taken."""
        self._timer.cancel()

    def _start(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(TAKE_SECONDS, self._look)

    def _look(self) -> None:
        waiting = self._waiting()
        if 0 < self._before <= waiting:
            self._give_up()
        else:
            self._before = waiting
            self._timer = self._start()
