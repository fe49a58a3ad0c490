"""Several hosts, their store and Redis, with a relay between any two of them, so that all can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.chaos.balancer import balanced
from tests.chaos.faults import Faults, RedisPart, link_faults, momentary, process_faults
from tests.chaos.hosts import Host
from tests.chaos.stores import Store
from tests.cluster.hosts import OPEN, redis_in
from tests.support.ports import HOST
from tests.support.redis_server import RedisServer
from tests.support.relay import Relay
from tests.support.server import Address, Server, ServerProcess


@dataclass
class Deployment:
    """What runs, where clients reach it, and what can befall it."""

    redis: RedisServer
    hosts: list[Host] = field(default_factory=list)
    addresses: list[Server] = field(default_factory=list)
    faults: Faults = field(default_factory=dict)


@asynccontextmanager
async def deployed(
    folder: Path, store: Store, workers: Sequence[int], *, balancer: bool = False
) -> AsyncIterator[Deployment]:
    """A host for each number of workers, started; clients know all of them, or only the balancer."""
    async with AsyncExitStack() as stack:
        redis = redis_in(folder / "redis")
        stack.callback(redis.release)
        await redis.restart()
        deployment = Deployment(redis)
        deployment.faults |= process_faults("redis", RedisPart(redis))
        for number, count in enumerate(workers):
            name = f"host {number}"
            host = await _host(stack, folder, name, count, deployment, store)
            deployment.hosts.append(host)
            deployment.faults |= _host_faults(name, host, count)
        deployment.faults |= store.faults
        doors = [host.door.port for host in deployment.hosts]
        urls = [f"http://{HOST}:{port}" for port in doors]
        if balancer:
            nginx, url = stack.enter_context(balanced(folder / "nginx", doors))
            deployment.faults |= nginx.faults
            urls = [url]
        # Without TLS nobody asks for the authority.
        deployment.addresses += [Address(url, "", deployment.hosts[0].server.ca_file) for url in urls]
        yield deployment


async def _host(
    stack: AsyncExitStack, folder: Path, name: str, workers: int, deployment: Deployment, store: Store
) -> Host:
    to_redis = await stack.enter_async_context(Relay(urlsplit(deployment.redis.url).port or 0))
    deployment.faults |= link_faults(f"{name}–redis", to_redis)
    to_store = await stack.enter_async_context(store.place(name))
    bus = {"HUBBUB_BUS_URL": f"redis://{HOST}:{to_redis.port}", "HUBBUB_BUS_HOST": HOST}

    def make(place: Path) -> ServerProcess:
        place.mkdir()
        settings = OPEN | bus | to_store.prepare(place)
        return ServerProcess(place, env=settings, arguments=("--workers", str(workers)), before=to_store.before)

    host = Host(folder / name.replace(" ", "-"), make)
    stack.callback(host.release)
    await host.start()
    keeping = asyncio.create_task(host.keep())
    stack.callback(keeping.cancel)
    await stack.enter_async_context(host.door)
    return host


def _host_faults(name: str, host: Host, workers: int) -> Faults:
    faults = {
        **dict(process_faults(name, host)),
        **dict(link_faults(f"clients–{name}", host.door)),
        **dict([momentary("deploy", name, host.deploy)]),
    }
    return faults | dict([momentary("kill a worker", name, host.kill_worker)] if workers > 1 else [])
