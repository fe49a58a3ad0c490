"""How long something took, and which share of a core the server and the load generator used meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.running import Running


@dataclass
class Meter:
    """Shares are of one core; they and `seconds` are known when the block has ended."""

    server: Running
    seconds: float = 0.0
    server_cpu: float = 0.0
    generator_cpu: float = 0.0

    @property
    def server_share(self) -> float:
        return self.server_cpu / self.seconds

    @property
    def generator_share(self) -> float:
        return self.generator_cpu / self.seconds


@dataclass(frozen=True)
class Measured:
    """One round of a workload on one side: {figure: value}, and the shares of a core while time was taken."""

    figures: dict[str, float]
    server_share: float
    generator_share: float

    @classmethod
    def by(cls, meter: Meter, **figures: float) -> Measured:
        return cls(figures, meter.server_share, meter.generator_share)


@contextmanager
def measuring(server: Running) -> Iterator[Meter]:
    """Take the time of a block."""
    meter = Meter(server)
    cpu, own = server.cpu_seconds(), time.process_time()
    start = time.perf_counter()
    yield meter
    meter.seconds = time.perf_counter() - start
    meter.server_cpu = server.cpu_seconds() - cpu
    meter.generator_cpu = time.process_time() - own
