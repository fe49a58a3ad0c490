"""Idle: what a WebSocket costs that says nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from benchmarks.meter import Measured, measuring
from benchmarks.running import Running
from benchmarks.workloads.crowd import crowd

KIBIBYTE = 1024


@dataclass(frozen=True)
class Idle:
    """Kibibytes of the server's own memory for each connection, and how many of them it takes in a second."""

    people: int
    connections: int
    warm_up: int
    settle_seconds: float  # for what opening them has left over

    async def run(self, server: Running) -> Measured:
        async with crowd(server, self.people, self.warm_up) as room:
            await asyncio.sleep(self.settle_seconds)
            before = server.memory_bytes()
            with measuring(server) as meter:
                await room.join(self.connections)
            await asyncio.sleep(self.settle_seconds)
            used = server.memory_bytes() - before
            posting = await room.post(room.clients[-1:], 1)
            room.check(posting.messages())  # they are all there, and hear what is said
        return Measured.by(
            meter,
            kib_each=used / KIBIBYTE / self.connections,
            connected_per_s=self.connections / meter.seconds,
        )
