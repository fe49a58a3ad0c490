"""What lives in a server process: counted there, and asked for by the tests."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.support.server import Server

PATH = "/-/census"
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Census:
    """The names of its tasks, its open descriptors, its memory."""

    tasks: list[str]
    descriptors: int
    resident_bytes: int


def taken_here() -> bytes:
    """The census of this process, as JSON."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    names = sorted(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks())
    return json.dumps(asdict(Census(names, len(os.listdir("/proc/self/fd")), resident))).encode()


def taken_at(server: Server) -> Census:
    """The census of a server that runs `watched_app`."""
    with urlopen(f"{server.http_url}{PATH}") as response:
        return Census(**json.load(response))
