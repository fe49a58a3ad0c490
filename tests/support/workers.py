"""The worker processes of a server, found by the system's list of processes."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.server import ServerProcess

_WORKER = b"multiprocessing.spawn"


def worker_pids(server: ServerProcess) -> list[int]:
    """Those that live; one that took the place of another is in the server's process group, too."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                pid = int(entry.name)
                if os.getpgid(pid) == server.pid and _WORKER in (entry / "cmdline").read_bytes():
                    found.append(pid)
            except OSError:
                continue  # it has ended meanwhile
    return sorted(found)
