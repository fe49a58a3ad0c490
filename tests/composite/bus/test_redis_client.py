"""All that goes wrong with Redis is one kind of error, and nothing is tried twice."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from hubbub.composite.bus.link import LinkError
from hubbub.composite.bus.redis_client import make_client, trouble
from tests.support.redis_server import RedisServer


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError(), "Redis does not answer"),
        (RedisConnectionError("gone"), "gone"),
        (OSError("no route"), "no route"),
        (RedisConnectionError(), "ConnectionError"),
    ],
    ids=repr,
)
def test_what_goes_wrong_is_said(error: Exception, told: str) -> None:
    with pytest.raises(LinkError, match=told), trouble():
        raise error


def test_what_is_not_of_redis_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), trouble():
        raise ZeroDivisionError


async def test_a_command_is_not_tried_again(redis: RedisServer) -> None:
    client = make_client(redis.url)
    try:
        assert await client.incr("count") == 1
        redis.hold_still()
        under_way = asyncio.ensure_future(client.incr("count"))
        await asyncio.wait({under_way}, timeout=0.1)  # sent, and not answered
        redis.stop()
        await redis.restart()
        with pytest.raises(RedisConnectionError):
            await under_way
        assert await client.incr("count") == 1
    finally:
        await client.aclose()
