"""What one, two and three hosts on one PostgreSQL and one Redis take in, and what limits them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.load.chat import open_room
from benchmarks.load.heard import Audience
from benchmarks.load.socket import connect_all
from benchmarks.running import Running
from benchmarks.sides import HUBBUB
from benchmarks.workloads.crowd import Crowd
from tests.cluster.hosts import OPEN, all_hear, redis_in
from tests.support.ports import HOST
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.server import ServerProcess

SENDERS = 18  # shared out over the hosts; each hears all of them
IN_FLIGHT = 8
FULL = 0.9  # of a core: who uses more has no more to give


@dataclass(frozen=True)
class Load:
    messages: int
    warm_up: int


@dataclass
class Shares:
    """Which share of a core each process used, those below it included; known when the block has ended."""

    seconds: float = 0.0
    of: dict[str, float] = field(default_factory=dict)

    @property
    def limit(self) -> str:
        """What limits the rate, as far as the use of the processors tells."""
        cores = len(os.sched_getaffinity(0))
        if sum(self.of.values()) > FULL * cores:
            return f"all {cores} cores are busy"
        full = [name for name, share in self.of.items() if share > FULL]
        if full:
            return f"a core of {' and of '.join(full)} is busy"
        return "no core is busy: the disk, and the turns at the log, of which one transaction at a time has one"


@pytest.mark.parametrize(
    "load",
    [
        pytest.param(Load(180, 36), id="short"),
        pytest.param(Load(9_000, 1_800), id="long", marks=[pytest.mark.chaos, pytest.mark.alone]),
    ],
)
async def test_the_rate_of_one_two_and_three_hosts(load: Load, tmp_path: Path) -> None:
    redis = redis_in(tmp_path / "redis")
    try:
        await redis.restart()
        with running_postgres(durable=True) as postgres:
            for count in (1, 2, 3):
                folder = tmp_path / f"{count}"
                folder.mkdir()
                async with running_hosts(folder, postgres, redis.url, count) as hosts:
                    rate, shares = await take_in(load, hosts)
                used = ", ".join(f"{name} {share:.0%}" for name, share in shares.of.items())
                print(f"{count} hosts: {rate:,.0f} messages/s acknowledged; of a core: {used}; {shares.limit}")
    finally:
        redis.release()


@asynccontextmanager
async def running_hosts(
    folder: Path, postgres: PostgresServer, bus_url: str, count: int
) -> AsyncIterator[list[ServerProcess]]:
    """So many, on a database of their own, which know each other."""
    places = {"HUBBUB_DATABASE_URL": postgres.make_database().url, "HUBBUB_BUS_URL": bus_url, "HUBBUB_BUS_HOST": HOST}
    with ExitStack() as stack:
        hosts = []
        for number in range(count):
            host = folder / f"host-{number}"
            host.mkdir()
            server = ServerProcess(host, env=OPEN | places | {"HUBBUB_LOG_LEVEL": "warning"})
            stack.callback(server.release)
            await asyncio.to_thread(server.start)
            hosts.append(server)
        await all_hear(hosts)
        yield hosts
        for server in hosts:
            await server.stop()


async def take_in(load: Load, hosts: Sequence[ServerProcess]) -> tuple[float, Shares]:
    """Messages a second that were acknowledged, each of them heard by everybody, once and in one order."""
    servers = [Running(HUBBUB, urlsplit(host.http_url).port or 0, host.data_dir, host.pid, 0.0) for host in hosts]
    async with open_room(servers[0], SENDERS) as room:
        people = Crowd(room, Audience())
        try:
            for server in servers:
                there = replace(room, server=server)
                people.clients.extend(await connect_all(there, people.audience, SENDERS // len(servers)))
            await people.post(people.clients, load.warm_up, IN_FLIGHT)
            with sharing(servers) as shares:
                posting = await people.post(people.clients, load.messages, IN_FLIGHT)
            people.audience.check(posting.messages())
        finally:
            for client in people.clients:
                client.close()
    return load.messages / shares.seconds, shares


@contextmanager
def sharing(hosts: Sequence[Running]) -> Iterator[Shares]:
    """Look at the processes of a block: the hosts, what else this one has started, and itself, who makes the load."""
    running = {f"host {number}": host for number, host in enumerate(hosts, 1)}
    known = {host.pid for host in hosts}
    for children in Path("/proc/self/task").glob("*/children"):  # one of each thread that started some
        for child in map(int, children.read_text().split()):
            if child not in known:
                running[Path(f"/proc/{child}/comm").read_text().strip()] = replace(hosts[0], pid=child)
    shares = Shares()
    used = {name: process.cpu_seconds() for name, process in running.items()}
    own, start = time.process_time(), time.perf_counter()
    yield shares
    shares.seconds = time.perf_counter() - start
    shares.of = {name: (process.cpu_seconds() - used[name]) / shares.seconds for name, process in running.items()}
    shares.of["the load"] = (time.process_time() - own) / shares.seconds
