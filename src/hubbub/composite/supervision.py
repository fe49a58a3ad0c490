"""Background tasks of an application: kept running, or run again and again, and ended in order with the lifespan.

Knows neither what they do nor when the lifespan is; `CompositeApp` enters a `Tasks` like any other start-up hook.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from hubbub.composite.limits import CANCEL_SECONDS, HOOK_SECONDS

logger = logging.getLogger(__name__)

# The wait before a restart: a fault of a moment costs a second, one of an hour a restart a minute.
FIRST_BACKOFF_SECONDS = 1.0
MAX_BACKOFF_SECONDS = 60.0
# Half of the wait is random, so that tasks which fell with one database do not come back to it at once.
JITTER = 0.5
# Who ran for so long was well, and starts over with the first wait.
WELL_SECONDS = 60.0

Kept = Callable[[], Coroutine[Any, Any, object]]
Work = Callable[[], Awaitable[object] | None]


class Clock(Protocol):
    """All that supervision asks of time, so that a test can give it another."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait until so much time has passed."""
        ...


class LoopClock:
    """The time of the machine and of the running loop."""

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class TaskCounts:
    """What became of one task so far; `runs` and `failures` only grow."""

    runs: int = 0  # begun
    failures: int = 0  # ended by an exception
    restarts: int = 0  # begun again after an end that was not asked for; always 0 for periodic ones
    running: bool = False  # now; a periodic one that waits for its next time does not run


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    supervise: Callable[[TaskCounts], Coroutine[Any, Any, None]]
    counts: TaskCounts = field(default_factory=TaskCounts)


class Tasks:
    """Background tasks as one async context manager, for `on_startup`: started in order, cancelled in reverse.

    ```python
    tasks = Tasks()
    tasks.keep("read the queue", read_queue)
    tasks.every(60.0, tidy, name="tidy")
    app = CompositeApp(sio, inner, on_startup=[database, tasks])
    ```

    A task has its name in logs, in `counts` and as an asyncio task. Not for use after it was left.
    """

    def __init__(self, clock: Clock | None = None, *, chance: Callable[[], float] = random.random) -> None:
        """`chance` gives numbers from 0 to 1, for the random part of a wait."""
        self._clock = clock or LoopClock()
        self._chance = chance
        self._tasks: list[_Task] = []
        self._running: list[asyncio.Task[None]] = []  # in the order of their start
        self._entered = False

    @property
    def counts(self) -> dict[str, TaskCounts]:
        """{name: counts} of every task, in the order they were given."""
        return {task.name: task.counts for task in self._tasks}

    def keep(self, name: str, work: Kept) -> None:
        """Run a coroutine function for ever: when it raises or returns it is started again, after a growing wait.

        Raises:
            ValueError: the name is taken.
        """
        self._add(name, lambda counts: self._keep(name, work, counts))

    def every(self, seconds: float, work: Work, *, name: str) -> None:
        """Do something each time so many seconds have passed since the last time was over, so never twice at once.

        `work` is a function, a coroutine function, or whatever returns an awaitable. One failure is logged, and
        keeps nothing from the next time.

        Raises:
            ValueError: the name is taken, or the seconds are not more than none.
        """
        if not seconds > 0:
            raise ValueError(f"{name}: a period of {seconds} s is none. Give more than 0 seconds.")
        self._add(name, lambda counts: self._every(seconds, name, work, counts))

    async def __aenter__(self) -> Self:
        self._entered = True
        for task in self._tasks:
            self._start(task)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel one after the other, the last first, so that none misses what was started before it.

        Each has `CANCEL_SECONDS` to clean up, all together what `HOOK_SECONDS` leave, after which a lifespan gives up.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HOOK_SECONDS - CANCEL_SECONDS
        try:
            while self._running:
                task = self._running[-1]
                task.cancel()
                _, late = await asyncio.wait({task}, timeout=max(0.0, min(CANCEL_SECONDS, deadline - loop.time())))
                if late:
                    logger.error("%s did not end when it was cancelled, and was left behind", task.get_name())
                self._running.pop()
        finally:
            for task in self._running:
                task.cancel()

    def _add(self, name: str, supervise: Callable[[TaskCounts], Coroutine[Any, Any, None]]) -> None:
        if name in self.counts:
            raise ValueError(f"There is a task {name!r} already. Give each a name of its own.")
        task = _Task(name, supervise)
        self._tasks.append(task)
        if self._entered:
            self._start(task)

    def _start(self, task: _Task) -> None:
        supervised = task.supervise(task.counts)
        self._running.append(asyncio.get_running_loop().create_task(supervised, name=task.name))

    async def _keep(self, name: str, work: Kept, counts: TaskCounts) -> None:
        wait = FIRST_BACKOFF_SECONDS
        while True:
            began = self._clock.monotonic()
            failure = await _run(work, counts)
            if self._clock.monotonic() - began >= WELL_SECONDS:
                wait = FIRST_BACKOFF_SECONDS
            pause = wait * (1 - JITTER * self._chance())
            ended = "returned" if failure is None else f"failed: {failure!r}"
            logger.error("%s %s; it is started again in %.1f s", name, ended, pause, exc_info=failure)
            await self._clock.sleep(pause)
            wait = min(2 * wait, MAX_BACKOFF_SECONDS)
            counts.restarts += 1

    async def _every(self, seconds: float, name: str, work: Work, counts: TaskCounts) -> None:
        while True:
            await self._clock.sleep(seconds)
            failure = await _run(work, counts)
            if failure is not None:
                logger.error("%s failed: %r; it is tried again in %g s", name, failure, seconds, exc_info=failure)


async def _run(work: Work, counts: TaskCounts) -> BaseException | None:
    """Run it once to its end; what it raised.

    Who was asked to end has ended, whatever it made of that; a cancellation that was not meant for it is a failure.
    """
    failure: BaseException | None = None
    counts.runs += 1
    counts.running = True
    try:
        done = work()
        if done is not None:
            await done
    except (Exception, asyncio.CancelledError) as error:
        failure = error
    finally:
        counts.running = False
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    counts.failures += failure is not None
    return failure
