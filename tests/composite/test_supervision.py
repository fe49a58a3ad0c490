"""Background tasks under a clock that the test moves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hubbub.composite import CompositeApp
from hubbub.composite import supervision as module
from hubbub.composite.supervision import (
    FIRST_BACKOFF_SECONDS,
    JITTER,
    MAX_BACKOFF_SECONDS,
    WELL_SECONDS,
    LoopClock,
    Tasks,
)
from hubbub.testing.clock import ManualClock
from tests.support.asgi_calls import call
from tests.support.deadline import eventually


class Waits(ManualClock):
    """Keeps how long it was asked to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await super().sleep(seconds)

    async def pass_next(self, number: int) -> None:
        """Wait until somebody sleeps for the so-and-so-manieth time, and let that time pass."""
        await eventually(lambda: len(self.asked) == number and self.waiting == 1, f"sleep number {number}")
        self.advance(self.asked[-1])


@pytest.fixture
def clock() -> Waits:
    return Waits()


class TestKeep:
    async def test_restarts_what_fails_after_waits_that_double_to_a_bound(self, clock: Waits) -> None:
        async def fail() -> None:
            raise OSError("no broker")

        tasks = Tasks(clock, chance=lambda: 0.0)
        tasks.keep("listen", fail)
        async with tasks:
            for number in range(1, 10):
                await clock.pass_next(number)
            await eventually(lambda: tasks.counts["listen"].restarts == 9, "nine restarts")
            counts = tasks.counts["listen"]
            assert (counts.runs, counts.failures, counts.running) == (10, 10, False)
        expected = [min(FIRST_BACKOFF_SECONDS * 2**number, MAX_BACKOFF_SECONDS) for number in range(10)]
        assert clock.asked == expected

    async def test_takes_a_random_part_off_each_wait(self, clock: Waits) -> None:
        async def fail() -> None:
            raise OSError

        chances = iter((0.5, 1.0))
        tasks = Tasks(clock, chance=lambda: next(chances))
        tasks.keep("listen", fail)
        async with tasks:
            await clock.pass_next(1)
            await eventually(lambda: len(clock.asked) == 2, "the second wait")
        assert clock.asked == [FIRST_BACKOFF_SECONDS * (1 - JITTER / 2), 2 * FIRST_BACKOFF_SECONDS * (1 - JITTER)]

    async def test_starts_over_with_the_first_wait_after_it_ran_well(self, clock: Waits) -> None:
        async def fall_late() -> None:
            if tasks.counts["listen"].runs == 3:
                clock.advance(WELL_SECONDS)
            raise OSError

        tasks = Tasks(clock, chance=lambda: 0.0)
        tasks.keep("listen", fall_late)
        async with tasks:
            for number in range(1, 4):
                await clock.pass_next(number)
            await eventually(lambda: len(clock.asked) == 4, "the fourth wait")
        first = FIRST_BACKOFF_SECONDS
        assert clock.asked == [first, 2 * first, first, 2 * first]

    async def test_restarts_what_returns_or_was_cancelled_from_elsewhere(
        self, clock: Waits, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def end() -> None:
            if tasks.counts["listen"].runs == 2:
                raise asyncio.CancelledError

        tasks = Tasks(clock, chance=lambda: 0.0)
        tasks.keep("listen", end)
        async with tasks:
            await clock.pass_next(1)
            await clock.pass_next(2)
            await eventually(lambda: tasks.counts["listen"].runs == 3, "the third run")
            assert tasks.counts["listen"].failures == 1
        assert [record.getMessage() for record in caplog.records][:2] == [
            "listen returned; it is started again in 1.0 s",
            "listen failed: CancelledError(); it is started again in 2.0 s",
        ]


class TestEvery:
    async def test_begins_again_when_the_last_time_is_over(self, clock: Waits) -> None:
        go = asyncio.Event()

        async def work() -> None:
            await go.wait()

        tasks = Tasks(clock)
        tasks.every(10, work, name="tidy")
        async with tasks:
            assert tasks.counts["tidy"].runs == 0
            await clock.pass_next(1)
            await eventually(lambda: tasks.counts["tidy"].running, "the first time")
            clock.advance(100)
            assert clock.asked == [10]
            go.set()
            await clock.pass_next(2)
            await eventually(lambda: tasks.counts["tidy"].runs == 2, "the second time")

    async def test_goes_on_after_a_failure_which_is_logged(
        self, clock: Waits, caplog: pytest.LogCaptureFixture
    ) -> None:
        def work() -> None:
            if tasks.counts["tidy"].runs == 1:
                raise OSError("disk full")

        tasks = Tasks(clock)
        tasks.every(10, work, name="tidy")
        async with tasks:
            await clock.pass_next(1)
            await clock.pass_next(2)
            await eventually(lambda: tasks.counts["tidy"].runs == 2, "the second time")
            assert tasks.counts["tidy"].failures == 1
        (record,) = caplog.records
        assert record.getMessage() == "tidy failed: OSError('disk full'); it is tried again in 10 s"
        assert record.exc_info is not None

    @pytest.mark.parametrize("seconds", [0, -1, float("nan")])
    def test_never_is_no_period(self, seconds: float) -> None:
        with pytest.raises(ValueError, match="more than 0"):
            Tasks().every(seconds, print, name="tidy")


class TestEnd:
    async def test_cancels_in_reverse_one_after_the_other(self) -> None:
        order: list[str] = []
        tasks = Tasks()

        def named(name: str) -> None:
            async def work() -> None:
                try:
                    await asyncio.Event().wait()
                finally:
                    await asyncio.sleep(0)
                    order.append(name)

            tasks.keep(name, work)

        named("first")
        named("second")
        async with tasks:
            named("third")  # while they run
            await eventually(lambda: all(counts.running for counts in tasks.counts.values()), "all to run")
            assert {"first", "second", "third"} <= {task.get_name() for task in asyncio.all_tasks()}
        assert order == ["third", "second", "first"]
        assert not any(counts.running for counts in tasks.counts.values())

    async def test_what_does_not_end_is_named_and_keeps_nobody(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "CANCEL_SECONDS", 0.01)
        go, ended = asyncio.Event(), asyncio.Event()

        async def stubborn() -> None:
            while not go.is_set():
                try:
                    await go.wait()
                except asyncio.CancelledError:
                    caplog.clear()

        async def tidy() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        tasks = Tasks()
        tasks.keep("tidy", tidy)
        tasks.keep("stubborn", stubborn)
        async with tasks:
            await eventually(lambda: all(counts.running for counts in tasks.counts.values()), "both to run")
            left = next(task for task in asyncio.all_tasks() if task.get_name() == "stubborn")
        assert ended.is_set()
        assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
            "stubborn did not end when it was cancelled, and was left behind"
        ]
        go.set()
        left.cancel()
        await asyncio.wait({left})


def test_two_of_one_name_are_a_mistake() -> None:
    tasks = Tasks()
    tasks.every(1, print, name="tidy")
    with pytest.raises(ValueError, match="'tidy' already"):
        tasks.every(1, print, name="tidy")


@pytest.mark.seed("4.3")
async def test_it_is_a_start_up_hook() -> None:
    """Between what was started before it and after it, as the instance it is."""
    order: list[str] = []
    tasks = Tasks()

    async def work() -> None:
        order.append("working")
        try:
            await asyncio.Event().wait()
        finally:
            order.append("ended")

    @asynccontextmanager
    async def database() -> AsyncIterator[None]:
        yield
        order.append("database closed")

    tasks.keep("work", work)
    ready = eventually(lambda: order == ["working"], "the task")
    app = CompositeApp(on_startup=[database, tasks, lambda: ready])
    await call(app, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    assert order == ["working", "ended", "database closed"]


async def test_the_real_clock_goes_on() -> None:
    clock = LoopClock()
    began = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= began
