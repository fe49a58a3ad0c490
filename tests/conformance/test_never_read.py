"""Clients that never read, by every transport, while a room is flooded: bounded, dropped in time, felt by nobody."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path

import pytest

from hubbub.application import SOCKET_LIMITS, Bounds
from hubbub.composite.sockets.limits import SocketLimits
from tests.conformance.apps.impatient import HYPERCORN
from tests.support.crowd import Hearing, Writing, write_to
from tests.support.deadline import eventually
from tests.support.people import People, Person
from tests.support.process import resident_bytes
from tests.support.raw_peers import many
from tests.support.server import ServerProcess, running_server
from tests.support.stalled import PONGING, SILENT, Enter, Stalled, enter, still_held

MIB = 1024 * 1024
MB = 1_000_000
GROWTH_BYTES = 16 * MIB  # of the server, for all that never read
CLIENT_BYTES = 2 * MB  # of it, for each of them
NOTICED = 1.2  # times the latency of others without them
LATE_SECONDS = 5.0  # after the ping interval and timeout, for who takes nothing to be gone
ATTEMPTS = 3  # at measuring it
WARM_UP = 8_000  # messages until the caches are full that posting fills: SQLite keeps 16 MiB of pages for the writer
ENV = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off", "HUBBUB_LOG_LEVEL": "warning"}


@dataclass
class Side:
    """A server, a crowd that hears a room on it, and who writes there."""

    server: ServerProcess
    ada: Person
    crowd: list[Hearing]
    writing: Writing
    stalled: list[Stalled] = field(default_factory=list)
    kinds: Iterator[Enter] = field(default_factory=lambda: cycle(SILENT))
    p99: list[float] = field(default_factory=list)  # seconds, of each block of messages
    largest_outbox: float = 0

    async def block(self, count: int) -> None:
        """Have so many messages written to everybody."""
        delays = await write_to(self.crowd, self.writing, count)
        self.p99.append(statistics.quantiles(delays, n=100)[-1])
        self.largest_outbox = max(self.largest_outbox, await self.metric("hubbub_outbox_bytes_largest"))

    async def metric(self, name: str) -> float:
        text = (await self.ada.client.get("/metrics")).text
        return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} "))

    async def stall(self, count: int) -> None:
        """Have so many clients enter that read nothing, in place of those that were."""
        await asyncio.gather(*(each.drop() for each in self.stalled))
        self.stalled = await enter(list(islice(self.kinds, count)), count, self.server, self.ada.token)

    async def replace_dropped(self) -> None:
        """Have the next kinds of clients enter once the server has dropped those before."""
        if await self.metric("hubbub_subscriptions") < len(self.crowd) + 1 + len(self.stalled):
            await self.stall(len(self.stalled))

    def check_bounds(self, before: int) -> None:
        """See that neither an outbox nor the server has grown over its bound since it held `before` bytes."""
        growth = resident_bytes(self.server.pid) - before
        print(f"largest outbox {self.largest_outbox:.0f} B, memory +{growth / MIB:.1f} MiB")
        assert 0 < self.largest_outbox <= Bounds().sockets.outbox_bytes
        assert growth < GROWTH_BYTES

    async def leave(self) -> None:
        for each in (*self.crowd, self.writing):
            each.drop()
        await asyncio.gather(*(each.drop() for each in self.stalled))


@asynccontextmanager
async def side(server: ServerProcess, others: int) -> AsyncIterator[Side]:
    async with People(server) as people:
        ada = await people.register()
        room = (await ada.create_room()).id
        crowd = await many(others, lambda: Hearing.enter(server, ada.token))
        side = Side(server, ada, crowd, await Writing.enter(server, ada.token, room))
        try:
            yield side
        finally:
            await side.leave()


@pytest.mark.alone
async def test_20000_messages_past_one_of_each_transport_stay_in_bounds(tmp_path: Path) -> None:
    async with running_server(tmp_path, env=ENV) as server, side(server, others=5) as flooded:
        await write_to(flooded.crowd, flooded.writing, WARM_UP)
        before = resident_bytes(server.pid)
        await flooded.stall(len(SILENT))
        for _ in range(20):
            await flooded.replace_dropped()
            await flooded.block(1_000)
        flooded.check_bounds(before)


@pytest.mark.alone
async def test_nobody_notices_who_never_reads(tmp_path: Path) -> None:
    """40 others, and one of each transport that does not read."""
    async with two_sides(tmp_path, others=40) as (flooded, spared):
        await flooded.stall(len(SILENT))
        await flooded.block(3_000)  # until nothing goes out to them any more
        await compare(flooded, spared, blocks=10, block=200)


@pytest.mark.soak
@pytest.mark.alone
async def test_one_of_two_hundred_never_reads_20000_messages(tmp_path: Path) -> None:
    """By one transport after the other, each until it is dropped."""
    async with two_sides(tmp_path, others=199) as (flooded, spared):
        for each in (flooded, spared):
            await write_to(each.crowd, each.writing, WARM_UP)
        before = resident_bytes(flooded.server.pid)
        await flooded.stall(1)
        await compare(flooded, spared, blocks=40, block=500)
        flooded.check_bounds(before)


@asynccontextmanager
async def two_sides(folder: Path, others: int) -> AsyncIterator[tuple[Side, Side]]:
    """One for those who do not read, and one without."""
    async with AsyncExitStack() as stack:
        sides = []
        for name in ("flooded", "spared"):
            (folder / name).mkdir()
            server = await stack.enter_async_context(running_server(folder / name, env=ENV))
            sides.append(await stack.enter_async_context(side(server, others)))
        yield sides[0], sides[1]


async def compare(flooded: Side, spared: Side, *, blocks: int, block: int) -> None:
    """Hold how long messages take on one side against the other.

    Blocks of messages on the two take turns, so that whatever else the machine does meets both. What is true stays
    true when as many blocks are added.
    """
    for each in (flooded, spared):
        each.p99.clear()
    ratios: list[float] = []
    while len(ratios) < ATTEMPTS:
        for _ in range(blocks):
            await flooded.replace_dropped()
            await flooded.block(block)
            await spared.block(block)
        ratios.append(statistics.median(flooded.p99) / statistics.median(spared.p99))
        print(f"latency times {ratios[-1]:.3f}")
        if ratios[-1] < NOTICED:
            return
    raise AssertionError(f"messages took {ratios} times as long")


@pytest.mark.alone
async def test_who_never_reads_is_dropped_in_time_even_with_pongs(tmp_path: Path) -> None:
    """With shorter pings, and so that all of them are there to the end of the flood."""
    bounds = Bounds(sockets=replace(SOCKET_LIMITS, ping_interval_seconds=10, ping_timeout_seconds=5))
    async with running_server(
        tmp_path,
        command="hypercorn",
        application="tests.conformance.apps.impatient:app",
        arguments=HYPERCORN,
        env=ENV | {"IMPATIENT_PING_INTERVAL": "10", "IMPATIENT_PING_TIMEOUT": "5"},
    ) as server:
        await see_them_dropped(server, bounds.sockets)


@pytest.mark.soak
@pytest.mark.alone
async def test_the_same_with_the_pings_of_every_day(tmp_path: Path) -> None:
    async with running_server(tmp_path, env=ENV) as server:
        await see_them_dropped(server, Bounds().sockets)


async def see_them_dropped(server: ServerProcess, limits: SocketLimits) -> None:
    """20 that never read and 20 that send pongs besides, while 10,000 messages pass."""
    async with side(server, others=2) as people:
        await people.block(1_000)
        before = resident_bytes(server.pid)
        people.stalled = await enter(SILENT, 20, server, people.ada.token)
        people.stalled += await enter(PONGING, 20, server, people.ada.token)
        assert await people.metric("hubbub_subscriptions") == len(people.stalled) + len(people.crowd) + 1
        growth = 0
        for _ in range(10):
            await people.block(1_000)
            growth = max(growth, resident_bytes(server.pid) - before)
        end = time.monotonic() + limits.ping_interval_seconds + limits.ping_timeout_seconds + LATE_SECONDS
        print(f"growth {growth / MIB:.1f} MiB, outbox {people.largest_outbox}")
        assert growth / len(people.stalled) < CLIENT_BYTES
        assert people.largest_outbox < CLIENT_BYTES

        async def all_gone() -> bool:
            return await people.metric("hubbub_subscriptions") == len(people.crowd) + 1

        await eventually(all_gone, "all of them to be dropped", end - time.monotonic())
        await eventually(
            lambda: still_held(server, people.stalled) == 0, "their connections to be closed", end - time.monotonic()
        )
        await people.block(100)
