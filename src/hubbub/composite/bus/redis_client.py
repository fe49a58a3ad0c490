"""redis-py as the bus wants it: nothing is tried twice, and all its errors are one.

Its own time limits are off, and who calls it must have one: it sends by `asyncio.wait_for`, which before Python 3.12
may lose a cancellation (https://github.com/python/cpython/issues/86296), and a task that was to end would not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hubbub.composite.bus.link import LinkError

RESP = 2  # what every version of either server speaks


def make_client(url: str) -> Redis:
    """A client that waits for ever; close it."""
    return Redis.from_url(
        url,
        protocol=RESP,
        socket_connect_timeout=None,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 0, supported_errors=()),
    )


@contextmanager
def trouble() -> Iterator[None]:
    """Whatever goes wrong with Redis is a `LinkError`, whose text says why.

    Raises:
        LinkError: something has.
    """
    try:
        yield
    except TimeoutError as error:
        raise LinkError("Redis does not answer") from error
    except (RedisError, OSError) as error:
        raise LinkError(str(error) or type(error).__name__) from error
