"""Fan-out: sixteen of those in a room talk at once, and everybody hears all of it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.meter import Measured, measuring
from benchmarks.running import Running
from benchmarks.workloads.crowd import crowd

TALKING = 16  # each with one message under way


@dataclass(frozen=True)
class FanOut:
    """Deliveries a second, from the first message sent to the last one heard."""

    people: int
    listeners: int
    messages: int
    warm_up: int

    async def run(self, server: Running) -> Measured:
        async with crowd(server, self.people, self.listeners) as room:
            talking = room.clients[:TALKING]
            await room.post(talking, self.warm_up)
            with measuring(server) as meter:
                posting = await room.post(talking, self.messages)
            room.check(posting.messages())
        return Measured.by(meter, deliveries_per_s=self.listeners * self.messages / meter.seconds)
