"""Rooms: what one more of them takes in memory, while somebody who is connected is in all of them."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.load.chat import Room
from benchmarks.meter import Measured
from benchmarks.running import Running
from benchmarks.workloads.crowd import crowd
from benchmarks.workloads.growth import growing


@dataclass(frozen=True)
class Rooms:
    """Kibibytes of the server's own memory for each room, and how many are made in a second, one after another."""

    rooms: int
    warm_up: int
    settle_seconds: float

    async def run(self, server: Running) -> Measured:
        async with crowd(server, 1, 1) as gathered:
            await _make(gathered.room, self.warm_up)
            async with growing(server, self.settle_seconds) as growth:
                await _make(gathered.room, self.rooms)
        meter = growth.meter
        return Measured.by(meter, kib_each=growth.kib / self.rooms, made_per_s=self.rooms / meter.seconds)


async def _make(room: Room, count: int) -> None:
    for number in range(count):
        await room.ask("POST", "/api/v1/rooms", {"name": f"Bench {number}", "visibility": "public"})
