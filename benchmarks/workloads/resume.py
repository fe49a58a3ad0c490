"""Resume: the network of a whole office comes back, and everybody asks for what they missed at once."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.load.chat import TEXT
from benchmarks.meter import Measured, measuring
from benchmarks.running import Running
from benchmarks.workloads.crowd import crowd


@dataclass(frozen=True)
class Resume:
    """Seconds until the last of them has all they missed, and of the server's processor meanwhile."""

    people: int
    clients: int
    missed: int

    async def run(self, server: Running) -> Measured:
        async with crowd(server, self.people) as coming:
            cursor = (await coming.room.ask("GET", "/api/v1/changes"))["cursor"]
            posted = [await coming.room.post(f"{TEXT} {number}") for number in range(self.missed)]
            coming.audience.expect(self.missed, listeners=self.clients)
            with measuring(server) as meter:
                await coming.join(self.clients, cursor, at_once=self.clients)
                await coming.audience.complete()
            coming.check(posted)
        return Measured.by(meter, seconds=meter.seconds, server_seconds=meter.server_cpu)
