"""The connections that others have opened to us, each in the task that asyncio made for it. Knows nothing they say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from hubbub.composite.mesh.frames import BadFrame
from hubbub.composite.mesh.limits import CLOSE_SECONDS

log = logging.getLogger(__name__)


class Served:
    """Those that are under way; `whose` they are is for the log."""

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, task: asyncio.Task[Any]) -> None:
        """Have `close` end a task that is not of `serve`."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def serve(self, work: Awaitable[None], writer: asyncio.StreamWriter) -> None:
        """Do the work of one connection in the task of the caller, and close it then; what goes wrong is logged."""
        task = asyncio.current_task()
        if task is not None:  # never in a coroutine that runs; for the types
            self.add(task)
        try:
            await work
        except (BadFrame, asyncio.IncompleteReadError, OSError) as error:  # a TimeoutError is an OSError
            log.warning("a connection of another %s ended: %s", self._whose, str(error) or type(error).__name__)
        except Exception:
            log.exception("a connection of another %s failed", self._whose)
        finally:
            with suppress(OSError):
                writer.close()

    async def close(self) -> None:
        """Give all of them `CLOSE_SECONDS` to end, and end the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
