"""A server of several workers that is restarted, and whose workers are killed, while others use it."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import time
from datetime import UTC, datetime

from hubbub.composite.mesh.limits import SCAN_SECONDS
from tests.support.deadline import eventually
from tests.support.server import ServerProcess
from tests.support.workers import worker_pids

# Seconds for which whoever connects may still suffer from an outage: more than a client's own deadline to connect.
EXCUSE = 8.0
# Seconds for which all workers must be there: until they have looked for each other, which nobody else can see, nobody
# can take the place of another.
SETTLED = SCAN_SECONDS + 0.3


class Outages:
    """One outage at a time; each begins when the server has all of its workers.

    `up` is set while there is a server to connect to, so that nobody has to try in vain.
    """

    def __init__(self, server: ServerProcess, workers: int) -> None:
        self.up = asyncio.Event()
        self.up.set()
        self.kills = 0
        self.restarts = 0
        self.history: list[str] = []
        self._server = server
        self._workers = workers
        self._one_at_a_time = asyncio.Lock()
        self._last_end = -math.inf

    def excuse(self, moment: float) -> bool:
        """Whether what began at that moment, of the monotonic clock, may have been lost by an outage."""
        return self._one_at_a_time.locked() or moment - self._last_end < EXCUSE

    async def restart(self) -> None:
        """SIGTERM, and a start on the same data."""
        async with self._one_at_a_time:
            await self._all_are_there()
            self.restarts += 1
            self._note("restart")
            self.up.clear()
            try:
                await self._server.restart()
            finally:
                self.up.set()
                self._last_end = time.monotonic()

    async def kill(self, which: int) -> None:
        """SIGKILL for one worker; another takes its place before anything else happens."""
        async with self._one_at_a_time:
            pids = await self._all_are_there()
            self.kills += 1
            victim = pids[which % len(pids)]
            self._note(f"kill {victim} of {pids}")
            os.kill(victim, signal.SIGKILL)
            self._last_end = time.monotonic()

    def _note(self, what: str) -> None:
        self.history.append(f"{datetime.now(UTC).isoformat()} {what}")

    async def _all_are_there(self) -> list[int]:
        folder = self._server.data_dir / "hubbub.workers"
        seen: list[int] = []
        since = time.monotonic()

        def all_are_there() -> bool:
            nonlocal seen, since
            pids = worker_pids(self._server)
            if pids != seen or not len(pids) == len(list(folder.glob("*.sock"))) == self._workers:
                seen, since = pids, time.monotonic()
            return time.monotonic() - since > SETTLED

        await eventually(all_are_there, f"{self._workers} workers to be there")
        return seen
