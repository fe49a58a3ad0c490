"""A Redis of the test's own, which it stops, holds still, and starts again at the same address."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.deadline import DEADLINE, wait_until
from tests.support.machine import require
from tests.support.ports import HOST, ReservedPort


class RedisServer:
    """One port and one folder; what it held is gone with each stop."""

    def __init__(self, folder: Path) -> None:
        self._program = require("redis-server")
        self._folder = folder
        self._port = ReservedPort()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self._port.number}"

    def start(self) -> None:
        """Wait until it takes connections.

        Raises:
            RuntimeError: with what it says, when it ends instead.
        """
        output = self._folder / "redis.log"
        options = ("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(self._folder))
        with output.open("ab") as log:
            process = subprocess.Popen(
                [str(self._program), "--bind", HOST, "--port", str(self._port.number), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._process = process

        def is_ready() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"redis-server ended with status {process.returncode}\n{output.read_text()}")
            return self._port.answers()

        wait_until(is_ready, "Redis to take connections")

    def stop(self) -> None:
        """End it as a crash would; without one there is nothing to end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE)
            self._process = None

    def hold_still(self) -> None:
        """Its connections stay, and nothing moves: to a client it looks like a network that drops everything."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hold_still`."""
        self._signal(signal.SIGCONT)

    def release(self) -> None:
        """End it, and give the port back."""
        self.stop()
        self._port.release()

    async def restart(self) -> None:
        """Start it, after a stop, with the loop free meanwhile."""
        await asyncio.to_thread(self.start)

    def _signal(self, number: int) -> None:
        if self._process is None:
            raise RuntimeError("Redis does not run")
        self._process.send_signal(number)


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """One for the length of a block; a test without `redis-server` on its machine is skipped, and says so."""
    server = RedisServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.release()
