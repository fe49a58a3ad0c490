"""What a server's memory grows by meanwhile, once it has come to rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.meter import Meter, measuring
from benchmarks.running import KIBIBYTE, Running


@dataclass
class Growth:
    """The time of the block, and kibibytes of the server's own memory; known when the block has ended."""

    meter: Meter
    kib: float = 0.0


@asynccontextmanager
async def growing(server: Running, settle_seconds: float) -> AsyncIterator[Growth]:
    """Measure a block; before and after it is what came before, and what it has left over, given so long to go."""
    await asyncio.sleep(settle_seconds)
    before = server.memory_bytes()
    with measuring(server) as meter:
        growth = Growth(meter)
        yield growth
    await asyncio.sleep(settle_seconds)
    growth.kib = (server.memory_bytes() - before) / KIBIBYTE
