"""Ingest: twenty people send as fast as they are answered, and each hears all of it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.meter import Measured, measuring
from benchmarks.running import Running
from benchmarks.statistic import percentile
from benchmarks.workloads.crowd import crowd


@dataclass(frozen=True)
class Ingest:
    """Messages acknowledged a second, and how long an acknowledgement takes."""

    senders: int
    in_flight: int
    messages: int
    warm_up: int

    async def run(self, server: Running) -> Measured:
        async with crowd(server, self.senders, self.senders) as room:
            await room.post(room.clients, self.warm_up, self.in_flight)
            with measuring(server) as meter:
                posting = await room.post(room.clients, self.messages, self.in_flight)
            room.check(posting.messages())
        return Measured.by(
            meter,
            acked_per_s=self.messages / meter.seconds,
            ack_p50_ms=1000 * percentile(posting.latencies, 0.5),
            ack_p99_ms=1000 * percentile(posting.latencies, 0.99),
        )
