"""nginx before the hosts, by the recipe of `deploy/`, without TLS so that what is measured is not that."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.faults import Fault, Faults, momentary
from tests.chaos.plan import Target
from tests.support.balancers import nginx_recipe
from tests.support.nginx import running_nginx
from tests.support.ports import HOST, ReservedPort


class NginxPart:
    """Its workers, which its master replaces."""

    def __init__(self, master: subprocess.Popen[bytes]) -> None:
        self._children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
        self._held: list[int] = []

    @property
    def faults(self) -> Faults:
        still = Fault(self.hold_still, self.go_on)
        return {Target("stop", "nginx"): still, **dict([momentary("kill a worker", "nginx", self.kill_worker)])}

    async def kill_worker(self) -> None:
        """All connections are gone, those of clients and those to hosts."""
        for pid in self._workers():
            os.kill(pid, signal.SIGKILL)

    async def hold_still(self) -> None:
        """Nothing passes between clients and hosts."""
        self._held = self._workers()
        for pid in self._held:
            os.kill(pid, signal.SIGSTOP)

    async def go_on(self) -> None:
        """After `hold_still`."""
        for pid in self._held:
            os.kill(pid, signal.SIGCONT)

    def _workers(self) -> list[int]:
        return [int(pid) for pid in self._children.read_text().split()]


@contextmanager
def balanced(folder: Path, ports: Sequence[int]) -> Iterator[tuple[NginxPart, str]]:
    """Nginx before these ports, and its URL."""
    folder.mkdir()
    with ReservedPort() as port:
        recipe = nginx_recipe([f"{HOST}:{each}" for each in ports], port)
        with running_nginx(folder, recipe, port) as master:
            yield NginxPart(master), f"http://{port.bind}"
