"""Servers that share a log and nothing else but Redis, as if each were a host of its own.

SQLite follows the link to its file, and the workers of a host meet beside the link: so these never meet by that way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.support.deadline import eventually
from tests.support.ports import HOST
from tests.support.redis_server import RedisServer
from tests.support.server import ServerProcess

OPEN = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off"}
LOG = "hubbub.db"
ASKED = 6  # times, each by a connection of its own: any worker of several may have answered


def host(folder: Path, log: Path, bus_url: str, workers: int = 1) -> ServerProcess:
    """One that is not started; its folder is made."""
    folder.mkdir()
    (folder / LOG).symlink_to(log)
    places = {"HUBBUB_DATABASE_URL": f"sqlite:///{folder / LOG}", "HUBBUB_BUS_URL": bus_url, "HUBBUB_BUS_HOST": HOST}
    return ServerProcess(folder, env=OPEN | places, arguments=("--workers", str(workers)))


@contextmanager
def running_hosts(folder: Path, bus_url: str, workers: Sequence[int]) -> Iterator[list[ServerProcess]]:
    """One for each number of workers, started; each must end with status 0 and a log without errors."""
    with ExitStack() as stack:
        hosts = []
        for number, count in enumerate(workers):
            server = host(folder / f"host-{number}", folder / LOG, bus_url, count)
            stack.callback(server.release)
            server.start()
            hosts.append(server)
        yield hosts
        for server in hosts:
            server.end()


async def metrics(server: ServerProcess, *names: str) -> list[float]:
    """These numbers of `/metrics`, of one moment."""
    async with httpx.AsyncClient(verify=False) as client:  # plain HTTP; to load authorities takes longer than all else
        text = (await client.get(f"{server.http_url}/metrics")).text
    found = [re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE) for name in names]
    assert all(found), f"{names} are not in the metrics"
    return [float(each[1]) for each in found if each]


async def all_hear(hosts: Sequence[ServerProcess], processes: int | None = None) -> None:
    """Wait until each process hears each other one once: those of its own host without Redis, the others by it."""
    everywhere = list(hosts) * (1 if processes is None else ASKED)
    processes = processes or len(hosts)

    async def each_hears_each() -> bool:
        for server in everywhere:
            up, near, far = await metrics(server, "hubbub_bus_up", "hubbub_workers", "hubbub_bus_peers")
            if not up or near + far != processes:
                return False
        return True

    await eventually(each_hears_each, "each to hear each")


async def none_hears(hosts: Sequence[ServerProcess]) -> None:
    """Wait until all have noticed that Redis is gone."""

    async def nobody() -> bool:
        return not any([(await metrics(server, "hubbub_bus_up"))[0] for server in hosts])

    await eventually(nobody, "everybody to miss Redis")


def redis_in(folder: Path) -> RedisServer:
    """One that is not started; its folder is made."""
    folder.mkdir()
    return RedisServer(folder)
