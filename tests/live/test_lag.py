"""How far behind clients are is looked at seldom, for each transport, and never grows with who takes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hubbub.live.lag import LOOK_SECONDS, LOOKED_OVER, WAITING, Lag
from hubbub.live.subscription import Listener, Subscription
from hubbub.testing.clock import ManualClock
from tests.live.ears import Ear


@dataclass(eq=False)
class QuickEar(Ear):
    """Counts the looks."""

    looks: int = 0

    async def taken(self) -> None:
        self.looks += 1


@dataclass(eq=False)
class SlowEar(Ear):
    """Takes what waits when the test says so."""

    takes: asyncio.Event = field(default_factory=asyncio.Event)

    async def taken(self) -> None:
        await self.takes.wait()


def hearing(*ears: Ear) -> list[Subscription]:
    return [Subscription(str(number), Listener("u"), "s", ear, position=0) for number, ear in enumerate(ears)]


def counted(lag: Lag) -> dict[str, dict[float, int]]:
    return {transport: dict(lags.buckets()) for transport, lags in lag.by_transport.items()}


async def turn() -> None:
    """Let what is ready run."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_look_lasts_until_the_connection_has_taken_what_waits() -> None:
    clock = ManualClock()
    lag, slow, quick = Lag(clock.monotonic), SlowEar(transport="slow"), Ear(transport="quick")
    committed_at = clock.monotonic()
    clock.advance(0.2)
    lag.note(hearing(slow, quick), committed_at)
    await turn()
    assert set(counted(lag)) == {"quick"}
    clock.advance(0.5)
    slow.takes.set()
    await turn()
    assert counted(lag)["quick"][0.1] == 0
    assert counted(lag)["quick"][0.25] == 1
    assert (counted(lag)["slow"][0.5], counted(lag)["slow"][1.0]) == (0, 1)


async def test_there_are_only_so_many_looks_however_many_commits() -> None:
    clock = ManualClock()
    lag, ear = Lag(clock.monotonic), QuickEar()
    everybody = hearing(*[ear] * (3 * LOOKED_OVER))
    for _ in range(100):
        lag.note(everybody, clock.monotonic())
        clock.advance(LOOK_SECONDS / 10)
    await turn()
    assert 9 <= counted(lag)["ear"][10.0] <= 11
    assert ear.looks == counted(lag)["ear"][10.0]


async def test_clients_that_take_nothing_do_not_keep_others_from_being_seen() -> None:
    clock = ManualClock()
    lag = Lag(clock.monotonic)
    stuck, well = SlowEar(transport="stuck"), Ear(transport="well")
    for _ in range(2 * WAITING):
        lag.note(hearing(stuck, well), clock.monotonic())
        clock.advance(2 * LOOK_SECONDS)
        await turn()
    assert counted(lag)["well"][10.0] == 2 * WAITING
    stuck.takes.set()
    await turn()
    assert counted(lag)["stuck"][10.0] == WAITING


async def test_who_is_gone_has_taken_nothing_and_the_end_waits_for_nobody() -> None:
    clock = ManualClock()
    lag, ear = Lag(clock.monotonic), SlowEar()
    (subscription,) = hearing(ear)
    lag.note([subscription], clock.monotonic())
    subscription.closed = True
    ear.takes.set()
    await turn()
    clock.advance(2 * LOOK_SECONDS)
    ear.takes.clear()
    lag.note(hearing(ear), clock.monotonic())
    lag.note([], clock.monotonic())
    await lag.close()
    assert counted(lag) == {}


async def test_everybody_has_a_turn_in_a_crowd() -> None:
    clock = ManualClock()
    lag = Lag(clock.monotonic)
    crowd = [QuickEar() for _ in range(10 * LOOKED_OVER)]
    for _ in range(20):
        lag.note(hearing(*crowd), clock.monotonic())
        clock.advance(2 * LOOK_SECONDS)
        await turn()
    assert sum(ear.looks for ear in crowd) == 20
    assert sum(ear.looks > 0 for ear in crowd) >= 9
