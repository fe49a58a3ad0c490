"""Rates that are counted once for all hosts: the buckets of `composite.rates`, kept in Redis and filled by its clock.

A bucket is gone from Redis when it is full again, so there are no more of them than were used lately. Where Redis is
away each process has its own buckets, which it asks in any case, and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress

from hubbub.composite.bus.limits import CLOSE_SECONDS, RATE_SECONDS
from hubbub.composite.bus.link import LinkError
from hubbub.composite.bus.redis_client import make_client, trouble
from hubbub.composite.rates import Rate

log = logging.getLogger(__name__)

# The generic cell rate algorithm (ITU-T I.371), in microseconds: KEYS[1] holds when the bucket is full again,
# ARGV are the time of one token and that of all of them. It answers how long there is to wait.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + ARGV[1]
local wait = full_at - now - ARGV[2]
if wait > 0 then
    return wait
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
return 0
"""
MICROSECONDS = 1_000_000


class RedisRates:
    """Close it. `is_up` says whether Redis is worth asking: nobody is to wait for one that is known to be away."""

    def __init__(self, url: str, prefix: str, is_up: Callable[[], bool]) -> None:
        self._redis = make_client(url)
        self._take = self._redis.register_script(_TAKE)
        self._prefix = prefix
        self._is_up = is_up

    async def take(self, rate: Rate, key: str) -> float | None:
        """Take a token; `None` if there was one, or nobody knows, otherwise the seconds until there would be."""
        if not self._is_up():
            return None
        token = MICROSECONDS / rate.per_second
        name = f"{self._prefix}:rate:{rate.name}:{key}"
        try:
            with trouble():
                async with asyncio.timeout(RATE_SECONDS):
                    wait = int(await self._take(keys=[name], args=[math.ceil(token), math.ceil(token * rate.burst)]))
        except LinkError as error:
            log.warning("%s could not be counted for all hosts: %s", rate.name, error)
            return None
        return wait / MICROSECONDS if wait > 0 else None

    async def close(self) -> None:
        """Let go of the connections."""
        with suppress(LinkError), trouble():
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._redis.aclose()
