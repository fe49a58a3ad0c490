"""What an instance receives is posted once, whatever happens to the instance and however busy the store is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import PostMessage
from hubbub.service.chat import Actor, Chat
from hubbub.testing.clock import ManualClock
from hubbub.transports.syslog import posting
from hubbub.transports.syslog.counters import SyslogCounters
from hubbub.transports.syslog.limits import POST_ATTEMPTS, RETRY_SECONDS, WARN_SECONDS
from hubbub.transports.syslog.message import SyslogMessage
from hubbub.transports.syslog.posting import Poster
from tests.support.deadline import eventually


class Room:
    """In place of the service: keeps what is posted, or refuses."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str]] = []  # (client id, body)
        self.refusals: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()

    async def post_message(self, chat: Chat, actor: Actor, room_id: str, request: PostMessage) -> None:
        self.asked.append((request.client_id, request.body))
        await self.open.wait()
        if self.refusals:
            raise self.refusals.pop()


class FakeChat:
    """The two things that a poster asks of the chat itself."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.ids = iter(range(1_000))

    def new_id(self) -> str:
        return str(next(self.ids))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    room = Room()
    monkeypatch.setattr(posting, "post_message", room.post_message)
    return room


@pytest.fixture
def counters() -> SyslogCounters:
    return SyslogCounters()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def poster(room: Room, counters: SyslogCounters, slept: list[float], manual_clock: ManualClock) -> Poster:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    chat: Any = FakeChat(manual_clock)
    actor: Any = None
    return Poster(chat, actor, "room", counters, sleep)


def instance(poster: Poster, *texts: str) -> asyncio.Task[None]:
    queue: asyncio.Queue[Any] = asyncio.Queue()
    for text in texts:
        queue.put_nowait({"type": "syslog.message", "message": SyslogMessage(13, text)})
    return asyncio.create_task(poster({"type": "syslog", "source": "192.0.2.1"}, queue.get, None))


async def test_messages_are_posted_one_after_the_other(poster: Poster, room: Room, counters: SyslogCounters) -> None:
    running = instance(poster, "one", "two")
    await eventually(lambda: counters.posted == 2, "both to be posted")
    assert room.asked == [("0", "user.notice 192.0.2.1: one"), ("1", "user.notice 192.0.2.1: two")]
    running.cancel()


async def test_what_an_evicted_instance_had_taken_is_posted_and_counted(
    poster: Poster, room: Room, counters: SyslogCounters
) -> None:
    room.open.clear()
    running = instance(poster, "one", "two")
    await eventually(lambda: len(room.asked) == 1, "it to be taken")
    running.cancel()
    await asyncio.wait({running})
    room.open.set()
    await poster.finish()
    assert (counters.posted, counters.abandoned, len(room.asked)) == (1, 0, 1)


async def test_what_is_not_posted_at_the_end_is_abandoned(
    poster: Poster, room: Room, counters: SyslogCounters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CLOSE_SECONDS", 0.01)
    room.open.clear()
    running = instance(poster, "one")
    await eventually(lambda: len(room.asked) == 1, "it to be taken")
    running.cancel()
    await poster.finish()
    assert (counters.posted, counters.abandoned) == (0, 1)


async def test_a_busy_store_is_asked_again_under_the_same_id(poster: Poster, room: Room, slept: list[float]) -> None:
    room.refusals = [busy(None), busy(0.25)]
    assert await poster.post("hello")
    assert room.asked == [("0", "hello")] * 3
    assert slept == [0.25, RETRY_SECONDS]


async def test_a_store_that_stays_busy_is_given_up(
    poster: Poster, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.refusals = [busy(1.0)] * (POST_ATTEMPTS + 1)
    assert not await poster.post("hello")
    assert len(room.asked) == POST_ATTEMPTS
    assert "The store is busy." in caplog.text


async def test_a_refusal_is_not_asked_again_and_said_once_in_a_while(
    poster: Poster, room: Room, manual_clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    room.refusals = [HubbubError(ErrorCode.FORBIDDEN, "Join it first.") for _ in range(3)]
    assert [await poster.post("hello"), await poster.post("hello")] == [False, False]
    assert caplog.text.count("Join it first.") == 1
    manual_clock.advance(WARN_SECONDS)
    assert not await poster.post("hello")
    assert (caplog.text.count("Join it first."), len(room.asked)) == (2, 3)


async def test_a_fault_is_logged_and_counted_and_ends_no_instance(
    poster: Poster, room: Room, counters: SyslogCounters, caplog: pytest.LogCaptureFixture
) -> None:
    room.refusals = [RuntimeError("the disk is on fire")]
    running = instance(poster, "one", "two")
    await eventually(lambda: (counters.refused, counters.posted) == (1, 1), "both to be settled")
    assert "the disk is on fire" in caplog.text
    running.cancel()


def busy(retry_after: float | None) -> HubbubError:
    return HubbubError(ErrorCode.SERVER_BUSY, "The store is busy.", retry_after=retry_after)
