"""A flood of 50,000 datagrams from 2,000 sources is held in memory, and every one of them is accounted for."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.chance import seeded
from tests.support.deadline import DEADLINE, wait_until
from tests.support.machine import ROOT
from tests.support.process import resident_bytes
from tests.transports.syslog.senders import MALFORMED, WELL_FORMED, send_from

MIB = 1024 * 1024
DATAGRAMS = 50_000
SOURCES = 2_000
INSTANCES = 500
BURST = 250  # between two looks at the counts: loopback loses what a receive buffer does not hold
GROWTH_BYTES = 2 * MIB


class Flooded:
    """The counting server in its process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.port = int(self._line())

    def counts(self) -> dict[str, int]:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        counts: dict[str, int] = json.loads(self._line())
        return counts

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def counting_server(instances: int) -> Iterator[Flooded]:
    command = [sys.executable, "-W", "error", "-m", "tests.transports.syslog.counting_server", str(instances)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield Flooded(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(DEADLINE) == 0
        finally:
            process.kill()


class Expected:
    """What the counts must be: the instances of the limit, the one longest without a message evicted."""

    def __init__(self, instances: int) -> None:
        self.limit = instances
        self.held: OrderedDict[str, None] = OrderedDict()
        self.received = self.malformed = self.delivered = self.created = self.evicted = 0

    def take(self, source: str, *, well_formed: bool) -> None:
        self.received += 1
        if not well_formed:
            self.malformed += 1
            return
        self.delivered += 1
        if source not in self.held:
            self.created += 1
            if len(self.held) == self.limit:
                self.held.popitem(last=False)
                self.evicted += 1
        self.held[source] = None
        self.held.move_to_end(source)


def bursts(draw: random.Random) -> Iterator[list[tuple[str, bool]]]:
    """(source, whether it is well formed), `BURST` at a time; some sources send far more than others."""
    addresses = [f"127.{1 + number // 250}.{number % 250}.7" for number in range(SOURCES)]
    for start in range(0, DATAGRAMS, BURST):
        count = min(BURST, DATAGRAMS - start)
        sources = [
            draw.choice(addresses[: SOURCES // 10]) if draw.random() < 0.3 else draw.choice(addresses)
            for _ in range(count)
        ]
        # Each of them at least once, whatever is drawn.
        sources[0] = addresses[start // BURST % SOURCES]
        yield [(source, draw.random() > 0.05) for source in sources]


@pytest.mark.seed("2.6")
def test_50000_datagrams_of_2000_sources_in_500_instances() -> None:
    draw = seeded()
    expected = Expected(INSTANCES)
    sources = set()
    with counting_server(INSTANCES) as flooded:
        settled = 0
        for burst in bursts(draw):
            for source, well_formed in burst:
                sources.add(source)
                expected.take(source, well_formed=well_formed)
                send_from(source, flooded.port, [WELL_FORMED if well_formed else MALFORMED])
            wait_until(lambda: flooded.counts()["received"] == expected.received, "the burst to be received")
            if settled == 0 and expected.received >= DATAGRAMS // 5:
                settled = resident_bytes(flooded.process.pid)
        growth = resident_bytes(flooded.process.pid) - settled
        counts = flooded.counts()
    print(f"memory +{growth / MIB:.2f} MiB, {counts}")
    assert len(sources) == SOURCES
    assert counts["received"] == DATAGRAMS == counts["malformed"] + counts["delivered"]
    told = {name: getattr(expected, name) for name in ("received", "malformed", "delivered", "created", "evicted")}
    assert {name: counts[name] for name in told} == told
    assert counts["heard"] + counts["abandoned"] == counts["delivered"]
    assert counts["instances"] == counts["running"] == INSTANCES
    assert (counts["limited"], counts["overflowed"], counts["failed"], counts["expired"]) == (0, 0, 0, 0)
    assert growth < GROWTH_BYTES, f"{growth} bytes"
