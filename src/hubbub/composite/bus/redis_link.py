"""One connection to Redis, or Valkey, from its beginning to its first trouble. Knows nothing of what is said.

redis-py would connect again by itself, and nobody would learn that something was missed; so here it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hubbub.composite.bus.limits import CLOSE_SECONDS, CONNECT_SECONDS, PUBLISH_SECONDS
from hubbub.composite.bus.link import LinkError

RESP = 2  # what every version of either server speaks


class RedisLink:
    """A `Link`, there from `open_redis` on."""

    def __init__(self, redis: Redis, pubsub: PubSub) -> None:
        self._redis = redis
        self._pubsub = pubsub

    async def publish(self, channel: str, data: bytes) -> None:
        """See `Link`; Redis has `PUBLISH_SECONDS`."""
        with _trouble():
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.publish(channel, data)

    async def heard(self) -> AsyncIterator[bytes]:
        """See `Link`."""
        with _trouble():
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
    redis = Redis.from_url(
        url,
        protocol=RESP,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=PUBLISH_SECONDS,
        retry=Retry(NoBackoff(), 0, supported_errors=()),
    )
    pubsub = redis.pubsub()
    try:
        with _trouble():
            async with asyncio.timeout(CONNECT_SECONDS):
                await pubsub.subscribe(*channels)
                for _ in channels:
                    await pubsub.get_message(timeout=None)  # that it is subscribed
        yield RedisLink(redis, pubsub)
    finally:
        with _trouble(quiet=True):
            async with asyncio.timeout(CLOSE_SECONDS):
                await pubsub.aclose()  # type: ignore[no-untyped-call]
                await redis.aclose()


def address_of(url: str) -> str:
    """Where a URL leads, for people."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}"


@contextmanager
def _trouble(*, quiet: bool = False) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        if not quiet:
            raise LinkError("Redis does not answer") from error
    except (RedisError, OSError) as error:
        if not quiet:
            raise LinkError(str(error) or type(error).__name__) from error
