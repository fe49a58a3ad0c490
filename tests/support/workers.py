"""The worker processes of a server, found by the system's list of processes."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.server import ServerProcess

_WORKER = b"multiprocessing.spawn"


def worker_pids(server: ServerProcess) -> list[int]:
    """Those that live, the earliest first. Who took the place of another is in the server's process group, too."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                pid = int(entry.name)
                if os.getpgid(pid) == server.pid and _WORKER in (entry / "cmdline").read_bytes():
                    found.append((_started(entry), pid))
            except OSError:
                continue  # it has ended meanwhile
    return [pid for _, pid in sorted(found)]


def _started(process: Path) -> int:
    """In ticks since the system's start: the 22nd field, the second is a name in brackets (proc(5))."""
    return int((process / "stat").read_bytes().rpartition(b")")[2].split()[19])
