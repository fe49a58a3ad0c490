"""Inboxes and a queue that is full; `test_hypercorn_http2` has them under a real Hypercorn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.composite.hypercorn_inbox import Inboxes, discard_queue

STREAM = 1
QUEUE = 2


class Application:
    """A stream as Hypercorn has it, as far as it is looked at, and what becomes of its data."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self.app_put = self.queue.put
        self.acknowledged = 0
        self.tasks: list[asyncio.Task[Any]] = []
        self.inboxes = Inboxes(self._spawn, self._deliver, self._acknowledge)

    def fill(self) -> None:
        while not self.queue.full():
            self.queue.put_nowait(b"before")

    def _spawn(self, work: Any, *arguments: Any) -> None:
        self.tasks.append(asyncio.create_task(work(*arguments)))

    async def _deliver(self, _stream_id: int, data: bytes | None) -> None:
        await self.app_put(data)

    async def _acknowledge(self, _stream_id: int, credit: int) -> None:
        self.acknowledged += credit


@pytest.fixture
async def application() -> Application:
    return Application()


async def test_who_keeps_up_needs_no_inbox(application: Application) -> None:
    assert application.inboxes.of(STREAM, application) is None


async def test_what_waits_comes_in_one_piece_and_is_acknowledged_then(application: Application) -> None:
    application.fill()
    inbox = application.inboxes.of(STREAM, application)
    assert inbox is not None
    assert application.inboxes.of(STREAM, application) is inbox
    inbox.add(b"one ", 4)
    inbox.add(b"two", 10)
    inbox.has_ended = True
    await asyncio.sleep(0)
    assert application.acknowledged == 0
    taken = [await application.queue.get() for _ in range(QUEUE + 2)]
    assert taken == [b"before", b"before", b"one two", None]
    await asyncio.wait(application.tasks)
    assert application.acknowledged == 14
    assert application.inboxes.of(STREAM, application) is None


async def test_a_stream_that_ends_gives_its_credit_back(application: Application) -> None:
    application.fill()
    inbox = application.inboxes.of(STREAM, application)
    assert inbox is not None
    inbox.add(b"lost", 4)
    await asyncio.sleep(0)
    inbox.add(b"lost too", 8)
    assert application.inboxes.forget(STREAM, application) == 12
    await asyncio.wait(application.tasks)
    application.queue.put_nowait(None)  # the disconnect


async def test_nobody_waits_for_an_application_that_has_ended(application: Application) -> None:
    application.fill()
    putting = asyncio.create_task(application.app_put(b"late"))
    await asyncio.sleep(0)
    discard_queue(application)
    await putting
