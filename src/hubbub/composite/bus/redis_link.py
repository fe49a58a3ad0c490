"""One connection to Redis, or Valkey, from its beginning to its first trouble. Knows nothing of what is said.

redis-py would connect again by itself, and nobody would learn that something was missed; so here it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from hubbub.composite.bus.limits import CLOSE_SECONDS, CONNECT_SECONDS, PUBLISH_SECONDS
from hubbub.composite.bus.link import LinkError
from hubbub.composite.bus.redis_client import make_client, trouble


class RedisLink:
    """A `Link`, there from `open_redis` on."""

    def __init__(self, redis: Redis, pubsub: PubSub) -> None:
        self._redis = redis
        self._pubsub = pubsub

    async def publish(self, channel: str, data: bytes) -> None:
        """See `Link`; Redis has `PUBLISH_SECONDS`."""
        with trouble():
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.publish(channel, data)

    async def heard(self) -> AsyncIterator[bytes]:
        """See `Link`."""
        with trouble():
            async for message in self._pubsub.listen():
                if message["type"] == "message":
                    yield message["data"]
        raise LinkError("Redis ended the subscription")


@asynccontextmanager
async def open_redis(url: str, channels: Sequence[str]) -> AsyncIterator[RedisLink]:
    """A connection that hears the channels already.

    Raises:
        LinkError: there is none in `CONNECT_SECONDS`.
    """
    redis = make_client(url)
    pubsub = redis.pubsub()
    try:
        with trouble():
            async with asyncio.timeout(CONNECT_SECONDS):
                await pubsub.subscribe(*channels)
                for _ in channels:
                    await pubsub.get_message(timeout=None)  # that it is subscribed
        yield RedisLink(redis, pubsub)
    finally:
        with suppress(LinkError), trouble():
            async with asyncio.timeout(CLOSE_SECONDS):
                await pubsub.aclose()  # type: ignore[no-untyped-call]
                await redis.aclose()
