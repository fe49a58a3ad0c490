"""`ManagedServer` counts what instances do, and tells of their end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.composite.stateless import InstanceStatistics, ManagedServer
from hubbub.composite.stateless.managed import MANAGED_APPLICATIONS, MANAGED_IDLE_SECONDS
from tests.support.deadline import eventually


class Watched(ManagedServer):
    application_checker_interval = 0.01

    def __init__(self, max_applications: int, idle_seconds: float | None) -> None:
        super().__init__(answer_twice, max_applications, idle_seconds=idle_seconds)
        self.stop = asyncio.Event()
        self.ended: list[InstanceStatistics] = []

    async def handle(self) -> None:
        await self.stop.wait()

    async def application_send(self, scope: Any, message: Any) -> None:
        """Nobody is there to be sent to."""

    def application_ended(self, statistics: InstanceStatistics) -> None:
        super().application_ended(statistics)
        self.ended.append(statistics)


async def answer_twice(scope: Any, receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send(message)
        await send(message)


@pytest.mark.seed("2.5")
async def test_messages_in_and_out_are_counted_for_each() -> None:
    server = Watched(10, None)
    for scope_id, count in (("ada", 3), ("ben", 1)):
        for _ in range(count):
            server.deliver(scope_id, scope_id, "hello")
    await eventually(lambda: sum(each.messages_out for each in server.statistics()) == 8, "all answers")
    assert [(each.scope_id, each.messages_in, each.messages_out) for each in server.statistics()] == [
        ("ada", 3, 6),
        ("ben", 1, 2),
    ]
    assert all(each.idle_seconds >= 0 < each.created_at for each in server.statistics())
    await server.end_applications()
    assert [each.scope_id for each in server.ended] == ["ada", "ben"]
    assert server.statistics() == []


@pytest.mark.seed("2.5")
async def test_the_evicted_and_the_expired_tell_what_they_had_done() -> None:
    server = Watched(1, 0.1)
    running = asyncio.create_task(server.arun())
    server.deliver("ada", "ada", "hello")
    server.deliver("ben", "ben", "hello")
    assert [(each.scope_id, each.messages_in) for each in server.ended] == [("ada", 1)]
    await eventually(lambda: len(server.ended) == 2, "the other to expire")
    assert (server.totals.evicted, server.totals.expired) == (1, 1)
    server.stop.set()
    await running


def test_the_defaults_are_the_documented_ones() -> None:
    server = ManagedServer(answer_twice)
    assert (server.max_applications, server.application_idle_seconds) == (MANAGED_APPLICATIONS, MANAGED_IDLE_SECONDS)
