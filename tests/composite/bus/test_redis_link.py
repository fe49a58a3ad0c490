"""One connection to a real Redis: what is published is heard, and its end is said and not mended."""

from __future__ import annotations

import asyncio

import pytest

from hubbub.composite.bus import redis_link
from hubbub.composite.bus.link import LinkError
from hubbub.composite.bus.redis_link import open_redis
from tests.support.deadline import within
from tests.support.ports import ReservedPort
from tests.support.redis_server import RedisServer


async def test_what_is_published_on_its_channels_is_heard_in_order(redis: RedisServer) -> None:
    async with open_redis(redis.url, ["ours", "mine"]) as link, within(20, "what was said"):
        heard = link.heard()
        for channel, data in (("ours", b"1"), ("theirs", b"2"), ("mine", b"3\0\n"), ("ours", b"4")):
            await link.publish(channel, data)
        assert [await anext(heard) for _ in range(3)] == [b"1", b"3\0\n", b"4"]


async def test_an_end_is_said(redis: RedisServer) -> None:
    async with open_redis(redis.url, ["ours"]) as link, within(20, "the end"):
        redis.stop()
        await redis.restart()
        with pytest.raises(LinkError):
            await anext(link.heard())


async def test_who_does_not_take_a_word_in_time_is_given_up(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_link, "PUBLISH_SECONDS", 0.2)
    async with open_redis(redis.url, ["ours"]) as link:
        redis.hold_still()
        with pytest.raises(LinkError):
            await link.publish("ours", b"1")
        redis.go_on()


async def test_nobody_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with ReservedPort() as port, pytest.raises(LinkError, match=str(port.number)):
        async with open_redis(f"redis://127.0.0.1:{port.number}", ["ours"]):
            pass


async def test_a_wrong_password_is_said_and_not_repeated(redis: RedisServer) -> None:
    url = redis.url.replace("//", "//ada:opensesame@")
    with pytest.raises(LinkError) as refused:
        async with open_redis(url, ["ours"]):
            pass
    assert "opensesame" not in str(refused.value)


async def test_one_that_takes_connections_and_says_nothing_is_given_up(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_link, "CONNECT_SECONDS", 0.2)
    redis.hold_still()
    with pytest.raises(LinkError):
        async with open_redis(redis.url, ["ours"]):
            pass
    redis.go_on()


async def test_who_is_cancelled_leaves_at_once(redis: RedisServer) -> None:
    listening = asyncio.Event()

    async def hear() -> None:
        async with open_redis(redis.url, ["ours"]) as link:
            listening.set()
            await anext(link.heard())

    task = asyncio.create_task(hear())
    await listening.wait()
    task.cancel()
    async with within(20, "the end"):
        with pytest.raises(asyncio.CancelledError):
            await task
