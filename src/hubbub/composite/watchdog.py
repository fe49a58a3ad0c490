"""The end of a process within a fixed time, even if its event loop stands still; knows nothing of HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from hubbub.composite.limits import PROCESS_END_SECONDS, RESCUE_SECONDS

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25  # how late the thread may notice a stop that the event loop is too busy to notice


class Watchdog:
    """A thread that sleeps until the process is asked to stop, and then sees to it that it does.

    After `RESCUE_SECONDS` it has the application stopped by itself (`rescue`), after `PROCESS_END_SECONDS` it ends
    the process with status 0: what waits longer is a peer's doing, and nothing is left to save.
    """

    def __init__(
        self,
        rescue: Callable[[], Coroutine[Any, Any, object]],
        *,
        stop_requested: Callable[[], bool] | None,
        ended: threading.Event,
    ) -> None:
        """`stop_requested` is asked every `POLL_SECONDS`, if there is one; `ended` calls the whole thing off."""
        self._rescue = rescue
        self._stop_requested = stop_requested
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        # Unlike an Event, a SimpleQueue may be filled by a signal handler that interrupts whoever fills it.
        self._orders: queue.SimpleQueue[bool] = queue.SimpleQueue()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def arm(self) -> None:
        """The process was asked to stop: the time runs."""
        self._orders.put(True)

    def disarm(self) -> None:
        """The process will not be asked to stop: the thread ends, unless the time runs already."""
        self._orders.put(False)

    def _watch(self) -> None:
        if not self._ordered() or self._ended.wait(RESCUE_SECONDS):
            return
        logger.error("the server has not ended after %g s, at %s", RESCUE_SECONDS, _main_thread_place())
        self._run_rescue(PROCESS_END_SECONDS - RESCUE_SECONDS)
        if not self._ended.is_set():
            os._exit(0)

    def _ordered(self) -> bool:
        while True:
            try:
                return self._orders.get(timeout=POLL_SECONDS if self._stop_requested else None)
            except queue.Empty:
                if self._stop_requested is not None and self._stop_requested():
                    return True

    def _run_rescue(self, seconds: float) -> None:
        if self._loop.is_closed():
            self._ended.wait(seconds)
            return
        future = asyncio.run_coroutine_threadsafe(self._rescue(), self._loop)
        try:
            future.result(seconds)
        except Exception as error:  # the end comes anyway; a timeout is an Exception too
            logger.error("stopping by force failed: %r", error)


def _main_thread_place() -> str:
    """Where the main thread is, for the log: a handler that blocks the event loop is found by it."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    if frame is None:
        return "an unknown place"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})"
