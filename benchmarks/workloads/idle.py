"""Idle: what a WebSocket costs that says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.meter import Measured
from benchmarks.running import Running
from benchmarks.workloads.crowd import crowd
from benchmarks.workloads.growth import growing


@dataclass(frozen=True)
class Idle:
    """Kibibytes of the server's own memory for each connection, and how many of them it takes in a second."""

    people: int
    connections: int
    warm_up: int
    settle_seconds: float  # for what opening them has left over

    async def run(self, server: Running) -> Measured:
        async with crowd(server, self.people, self.warm_up) as room:
            async with growing(server, self.settle_seconds) as growth:
                await room.join(self.connections)
            posting = await room.post(room.clients[-1:], 1)
            room.check(posting.messages())  # they are all there, and hear what is said
        return Measured.by(
            growth.meter,
            kib_each=growth.kib / self.connections,
            connected_per_s=self.connections / growth.meter.seconds,
        )
