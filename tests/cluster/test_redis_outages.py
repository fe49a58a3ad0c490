"""Redis is a hint: without it everybody hears everything once and in order, a little later; with it, at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from hubbub.composite.bus.limits import LOOK_SECONDS
from tests.cluster.hosts import all_hear, metrics, none_hears, redis_in, running_hosts
from tests.cluster.listeners import WAYS, Listener, Way, listening
from tests.support.deadline import DEADLINE, POLL_INTERVAL, eventually
from tests.support.people import People, Person
from tests.support.redis_server import RedisServer
from tests.support.server import ServerProcess

HOSTS = (1, 1, 1)  # with so many workers
WRITERS = 2  # hosts on which somebody writes; the last one must be told, or look
PHASE = 30  # messages before Redis goes, while it is away, and when it is back
AFTERWARDS = 60  # messages of which hardly any may be found by looking
FEW = 0.1  # of them: the look that happens now and then anyway may be faster than the word
AWAY_SECONDS = 30.0
PAUSE = 0.02  # between two messages of an author: somebody in a hurry, on a machine that does much else


@dataclass
class World:
    """Three hosts that were started without Redis, and Redis."""

    redis: RedisServer
    hosts: list[ServerProcess]

    async def bring_redis(self) -> None:
        self.redis.stop()
        await self.redis.restart()
        await all_hear(self.hosts)

    async def take_redis(self) -> None:
        self.redis.stop()
        await none_hears(self.hosts)

    async def found(self) -> float:
        """How often changes were found of which nobody had told."""
        return sum([(await metrics(server, "hubbub_bus_found_total"))[0] for server in self.hosts])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("outages")
    redis = redis_in(folder / "redis")
    try:
        with running_hosts(folder, redis.url, HOSTS) as hosts:
            yield World(redis, hosts)
    finally:
        redis.release()


@dataclass
class Bustle:
    """Authors who post until told to stop, and those who hear them, by each way where nobody writes."""

    authors: list[Person]
    room_id: str
    listeners: list[Listener]
    posted: int = 0
    longest_silence: float = 0.0  # seconds in which somebody heard nothing, though there was something to hear
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _writing: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        self._writing = [asyncio.create_task(self._write(author)) for author in self.authors]

    async def until_posted(self, more: int) -> None:
        """Let so many more messages be written."""
        due = self.posted + more
        await eventually(lambda: self.posted >= due, f"{more} messages to be written")

    async def end(self) -> None:
        """Write no more; everybody has heard all, once, in the order of the log."""
        self._stop.set()
        await asyncio.gather(*self._writing)
        await self.all_have_heard(self.posted)

    async def give_up(self) -> None:
        """After a failure; nothing where all have ended."""
        for task in self._writing:
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def all_have_heard(self, count: int) -> None:
        for listener in self.listeners:
            await listener.until(lambda: len(listener.changes) >= count, f"{count} messages")  # noqa: B023
        order = await self._log(count)
        for listener in self.listeners:
            assert [change["cursor"] for change in listener.changes] == order, listener.way
            assert (listener.lives, listener.lost) == (1, []), listener.way

    async def _log(self, count: int) -> list[str]:
        cursor = self.listeners[0].start
        found: list[str] = []
        while len(found) < count:
            params: dict[str, str | int] = {"since": cursor, "limit": 200}
            page = (await self.authors[0].request("GET", "/changes", params=params)).json()
            cursor = page["cursor"]
            found += [change["cursor"] for change in page["changes"]]
            assert page["changes"], f"the log has {len(found)} of {count} changes"
        return found

    async def _write(self, author: Person) -> None:
        while not self._stop.is_set():
            await author.post(self.room_id, "hello")
            self.posted += 1
            await asyncio.sleep(PAUSE)

    async def watch_silence(self) -> None:
        """Until cancelled."""
        heard = [(0, time.monotonic())] * len(self.listeners)
        while True:
            now = time.monotonic()
            for number, listener in enumerate(self.listeners):
                count, since = heard[number]
                if len(listener.changes) != count or len(listener.changes) >= self.posted:
                    heard[number] = len(listener.changes), now
                else:
                    self.longest_silence = max(self.longest_silence, now - since)
            await asyncio.sleep(POLL_INTERVAL)


@asynccontextmanager
async def bustling(world: World) -> AsyncIterator[Bustle]:
    async with AsyncExitStack() as stack:
        crowds = [await stack.enter_async_context(People(server)) for server in world.hosts]
        ada = await crowds[0].register()
        authors = [await crowd.reconnected(ada) for crowd in crowds[:WRITERS]]
        room = await ada.create_room()
        cursor = (await ada.request("GET", "/changes")).json()["cursor"]
        listeners: list[Listener] = []
        heard_by: tuple[tuple[Way, ...], ...] = (("websocket",), ("native",), WAYS)
        for server, ways in zip(world.hosts, heard_by, strict=True):
            listeners += await stack.enter_async_context(listening(server, ada, len(ways), ways))
        assert {listener.start for listener in listeners} == {cursor}
        bustle = Bustle(authors, room.id, listeners)
        bustle.begin()
        watching = asyncio.create_task(bustle.watch_silence())
        try:
            yield bustle
        finally:
            watching.cancel()
            await bustle.give_up()


async def test_without_redis_everything_is_heard_all_the_same(world: World) -> None:
    await world.take_redis()
    before = await world.found()
    async with bustling(world) as bustle:
        await bustle.until_posted(PHASE)
        await bustle.end()
    assert await world.found() > before  # so nobody was told of it
    for server in world.hosts:
        assert server.logs().count("the bus is down") <= 1 + server.logs().count("the bus is up")


@pytest.mark.parametrize("how", ["killed", "held still"])
async def test_nothing_is_lost_while_redis_is_away_and_all_is_at_once_when_it_is_back(world: World, how: str) -> None:
    await world.bring_redis()
    async with bustling(world) as bustle:
        await bustle.until_posted(PHASE)
        before = await world.found()
        if how == "killed":
            await world.take_redis()
        else:
            world.redis.hold_still()
            await none_hears(world.hosts)
        await bustle.until_posted(PHASE)
        await eventually(lambda: _more_than(world, before), "what was written to be found by looking")
        if how == "killed":
            await world.redis.restart()
        else:
            world.redis.go_on()
        await all_hear(world.hosts)
        await bustle.until_posted(PHASE)
        await bustle.end()
        await _all_is_at_once(world, bustle)


async def _more_than(world: World, before: float) -> bool:
    return await world.found() > before


async def _all_is_at_once(world: World, bustle: Bustle) -> None:
    """What is written now is heard because it was told, and not because somebody looked."""
    found, count = await world.found(), bustle.posted
    for number in range(AFTERWARDS):
        await bustle.authors[number % WRITERS].post(bustle.room_id, str(number))
    await bustle.all_have_heard(count + AFTERWARDS)
    assert await world.found() - found <= FEW * AFTERWARDS


@pytest.mark.chaos
@pytest.mark.alone
async def test_redis_is_away_for_half_a_minute(world: World) -> None:
    await world.bring_redis()
    async with bustling(world) as bustle:
        await bustle.until_posted(PHASE)
        with_redis, bustle.longest_silence = bustle.longest_silence, 0.0
        found, posted = await world.found(), bustle.posted
        world.redis.stop()
        await asyncio.sleep(AWAY_SECONDS)
        without, posted = bustle.longest_silence, bustle.posted - posted
        await world.redis.restart()
        await all_hear(world.hosts)
        found = await world.found() - found
        bustle.longest_silence = 0.0
        await bustle.until_posted(PHASE)
        await bustle.end()
        again = bustle.longest_silence
        await _all_is_at_once(world, bustle)
    print(
        f"\n{bustle.posted} messages, {len(bustle.listeners)} listeners, longest silence {with_redis:.2f} s\n"
        f"{AWAY_SECONDS:g} s without it: {posted} messages, found in {found:g} looks, longest silence {without:.2f} s "
        f"(a look each {LOOK_SECONDS:g} s); when it was back: {again:.2f} s"
    )
    assert without < DEADLINE
