"""Latency: a busy evening in a large room, far from what the server could do."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field

import orjson

from benchmarks.load.chat import TEXT
from benchmarks.load.packets import acknowledged
from benchmarks.meter import Measured, measuring
from benchmarks.running import Running
from benchmarks.statistic import percentile
from benchmarks.workloads.crowd import Crowd, crowd

TALKING = 16  # to warm up


@dataclass
class _Times:
    """When each message was sent, and when each listener had it."""

    expected: int
    sent: list[float] = field(default_factory=list)
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)  # all of them

    def answer(self, packet: bytes) -> None:
        self.answers.append(packet)
        if len(self.answers) == self.expected:
            self.answered.set()

    def hear(self, packet: bytes) -> None:
        self.heard.append((time.perf_counter(), packet))

    def deliveries(self) -> list[float]:
        """Seconds from sending to hearing, of each message at each listener."""
        numbers = {packet: _number(packet) for packet in {packet for _, packet in self.heard}}
        return [at - self.sent[numbers[packet]] for at, packet in self.heard]


@dataclass(frozen=True)
class Latency:
    """Milliseconds from a message sent to the same message heard, at each listener."""

    people: int
    listeners: int
    per_second: int
    messages: int
    warm_up: int

    async def run(self, server: Running) -> Measured:
        async with crowd(server, self.people, self.listeners) as room:
            await room.post(room.clients[:TALKING], self.warm_up)
            times = _Times(self.messages)
            for client in room.clients:
                client.packets.on_message = times.hear
            room.audience.expect(self.messages)
            with measuring(server) as meter:
                await self._talk(room, times)
                await room.audience.complete()
                await times.answered.wait()
            room.check([acknowledged(packet) for packet in times.answers])
        deliveries = times.deliveries()
        return Measured.by(
            meter,
            delivery_p50_ms=1000 * percentile(deliveries, 0.5),
            delivery_p99_ms=1000 * percentile(deliveries, 0.99),
        )

    async def _talk(self, room: Crowd, times: _Times) -> None:
        """One message after another at its own time, whether or not the one before it has arrived."""
        start = time.perf_counter()
        for number, client in zip(range(self.messages), itertools.cycle(room.clients), strict=False):
            await asyncio.sleep(start + number / self.per_second - time.perf_counter())
            times.sent.append(time.perf_counter())
            client.packets.post(room.room, f"{TEXT} {number}", times.answer)


def _number(packet: bytes) -> int:
    body: str = orjson.loads(packet[2:])[1]["data"]["body"]
    return int(body.rpartition(" ")[2])
