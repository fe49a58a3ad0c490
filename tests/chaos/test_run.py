"""A plan befalls a deployment as it is written, one fault of a part after the other, and leaves nothing broken."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.chaos.faults import Fault
from tests.chaos.plan import Spell, Target
from tests.chaos.run import befall
from tests.support.deadline import eventually

KILL, STOP, CUT = Target("kill", "host"), Target("stop", "host"), Target("cut", "link")


class Part:
    """Notes what befalls it; its faults begin only when it is told to go on."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.go_on = asyncio.Event()

    def fault(self, name: str) -> Fault:
        async def begin() -> None:
            self.said.append(f"{name} begins")
            await self.go_on.wait()

        async def end() -> None:
            self.said.append(f"{name} ends")

        return Fault(begin, end)


async def test_a_part_gets_over_one_fault_before_it_has_the_next() -> None:
    host, link = Part(), Part()
    link.go_on.set()
    faults = {KILL: host.fault("kill"), STOP: host.fault("stop"), CUT: link.fault("cut")}
    plan = [Spell(target, at=0.0, seconds=0.0) for target in (KILL, STOP, CUT)]
    async with asyncio.TaskGroup() as group:
        group.create_task(befall(plan, faults, time.monotonic()))
        await eventually(lambda: "cut ends" in link.said, "the fault of the other part to be over")
        assert host.said == ["kill begins"]
        host.go_on.set()
    assert host.said == ["kill begins", "kill ends", "stop begins", "stop ends"]


async def test_what_has_begun_ends_even_where_the_run_does() -> None:
    link = Part()
    link.go_on.set()
    running = asyncio.create_task(befall([Spell(CUT, at=0.0, seconds=3600.0)], {CUT: link.fault("cut")}, 0.0))
    await eventually(lambda: bool(link.said), "the fault to begin")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert link.said == ["cut begins", "cut ends"]
