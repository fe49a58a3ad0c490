"""A host in a deployment: its server dies, stands still, comes back, and is replaced by a new one."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.relay import Relay
from tests.support.server import START_DEADLINE, ServerProcess
from tests.support.threads import in_thread
from tests.support.workers import worker_pids

RETRY = 0.5  # seconds until what would not start is started again, as a service manager does
# Seconds for all of its starts: it may have to wait for a database that is away.
COMES_BACK = 2 * START_DEADLINE


class Host:
    """Clients reach it by its `door`, whichever server is behind that now; `make` makes one in a folder of its own."""

    def __init__(self, folder: Path, make: Callable[[Path], ServerProcess]) -> None:
        self._folder = folder
        self._make = make
        self._count = 0
        self._gone: list[ServerProcess] = []
        self._wanted = False
        self._changing = asyncio.Lock()
        self.failed_starts = 0
        self.own_ends: list[int] = []  # the statuses with which its servers ended by themselves
        self.server = self._next()
        self.door = Relay(_port(self.server))

    async def start(self) -> None:
        """Start it, again and again until that succeeds.

        Raises:
            RuntimeError, TimeoutError: it does not in good time.
        """
        async with self._changing:
            self._wanted = True
            await self._start()

    async def keep(self) -> None:
        """Start it again whenever it has ended by itself, as a service manager does; until cancelled."""
        while True:
            await asyncio.sleep(RETRY)
            async with self._changing:
                process = self.server.process
                status = process.poll() if process is not None else None
                if self._wanted and status is not None:
                    self.own_ends.append(status)
                    await self.server.kill()  # what its processes have left
                    await self._start()

    async def kill(self) -> None:
        """SIGKILL to all of its processes."""
        async with self._changing:
            self._wanted = False
            await self.server.kill()

    async def end(self) -> None:
        """SIGTERM, after which it drains.

        Raises:
            TimeoutError: it does not end.
        """
        async with self._changing:
            self._wanted = False
            await self.server.stop(clean=False)

    async def kill_worker(self) -> None:
        """SIGKILL to the worker that has been there longest; its server replaces it."""
        async with self._changing:
            for pid in worker_pids(self.server)[:1]:
                os.kill(pid, signal.SIGKILL)

    async def hold_still(self) -> None:
        """SIGSTOP to all of its processes: its connections stay, and nothing moves."""
        async with self._changing:
            self._signal(signal.SIGSTOP)

    async def go_on(self) -> None:
        """After `hold_still`."""
        async with self._changing:
            self._signal(signal.SIGCONT)

    async def deploy(self) -> None:
        """Start a new server beside the old one, let it have who comes, and drain the old one by SIGTERM.

        Raises:
            TimeoutError: the old one does not end.
        """
        async with self._changing:
            old, self.server = self.server, self._next()
            self._gone.append(old)
            await self._start()
            self.door.target = _port(self.server)
            await old.stop(clean=False)

    def release(self) -> None:
        """End all of its servers."""
        for server in [*self._gone, self.server]:
            server.release()

    async def _start(self) -> None:
        deadline = time.monotonic() + COMES_BACK
        while True:
            try:
                return await in_thread(self.server.start)
            except (RuntimeError, TimeoutError):
                self.failed_starts += 1
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(RETRY)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.server.pid, number)

    def _next(self) -> ServerProcess:
        self._count += 1
        return self._make(self._folder.with_name(f"{self._folder.name}-{self._count}"))


def _port(server: ServerProcess) -> int:
    port = urlsplit(server.http_url).port
    assert port is not None
    return port
