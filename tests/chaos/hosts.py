"""A host in a deployment: its server dies, stands still, comes back, and is replaced by a new one."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.relay import Relay
from tests.support.server import START_DEADLINE, ServerProcess
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
        self.failed_starts = 0
        self.server = self._next()
        self.door = Relay(_port(self.server))

    async def start(self) -> None:
        """Start it, again and again until that succeeds.

        Raises:
            RuntimeError, TimeoutError: it does not in good time.
        """
        deadline = time.monotonic() + COMES_BACK
        while True:
            try:
                return await asyncio.to_thread(self.server.start)
            except (RuntimeError, TimeoutError):
                self.failed_starts += 1
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(RETRY)

    async def kill(self) -> None:
        """SIGKILL to all of its processes."""
        await self.server.kill()

    async def end(self) -> None:
        """SIGTERM, after which it drains.

        Raises:
            TimeoutError: it does not end.
        """
        await self.server.stop(clean=False)

    async def kill_worker(self) -> None:
        """SIGKILL to the worker that has been there longest; its server replaces it."""
        os.kill(worker_pids(self.server)[0], signal.SIGKILL)

    async def hold_still(self) -> None:
        """SIGSTOP to all of its processes: its connections stay, and nothing moves."""
        os.killpg(self.server.pid, signal.SIGSTOP)

    async def go_on(self) -> None:
        """After `hold_still`."""
        os.killpg(self.server.pid, signal.SIGCONT)

    async def deploy(self) -> None:
        """Start a new server beside the old one, let it have who comes, and drain the old one by SIGTERM.

        Raises:
            TimeoutError: the old one does not end.
        """
        old, self.server = self.server, self._next()
        try:
            await self.start()
        finally:
            self._gone.append(old)
        self.door.target = _port(self.server)
        await old.stop(clean=False)

    def logs(self) -> str:
        """All that its servers said, the oldest first."""
        return "".join(server.logs() for server in [*self._gone, self.server])

    def release(self) -> None:
        """End all of its servers."""
        for server in [*self._gone, self.server]:
            server.release()

    def _next(self) -> ServerProcess:
        self._count += 1
        return self._make(self._folder.with_name(f"{self._folder.name}-{self._count}"))


def _port(server: ServerProcess) -> int:
    port = urlsplit(server.http_url).port
    assert port is not None
    return port
