"""The one writer: has the writes that wait run as one batch, answers each, and then hands on what was committed."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from hubbub.contract.errors import HubbubError
from hubbub.domain.clock import Clock
from hubbub.store.batch import Batch, Group, Write, run_batch
from hubbub.store.connection import Thread
from hubbub.store.distribution import SECONDS, SIZES, Distribution
from hubbub.store.engine import Engine
from hubbub.store.errors import busy, refusal
from hubbub.store.gathering import Gathering
from hubbub.store.limits import SETTLE_COMMITS, StoreLimits
from hubbub.store.transaction import Committed, Transaction

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class Writer:
    """Group commit: while one batch goes to the disk the next one gathers.

    `publish` is called with each commit that brought something, when its writes have been answered; it must not block.
    """

    def __init__(
        self,
        thread: Thread,
        *,
        engine: Engine,
        epoch: str,
        clock: Clock,
        bounds: StoreLimits,
        publish: Callable[[Committed], None],
    ) -> None:
        self._thread = thread
        self._engine = engine
        self._epoch = epoch
        self._clock = clock
        self._bounds = bounds
        self._publish = publish
        self._waiting: deque[Write] = deque()
        self._gathering = Gathering(bounds.batch_seconds)
        self._changed = asyncio.Event()
        self._closing = False
        self._failing = False
        self._unsettled = 0  # commits since the engine could tidy up
        self.commit_seconds = Distribution(SECONDS)  # from the beginning of a group to when it was durable
        self.commit_writes = Distribution(SIZES)  # how many writes it held

    @property
    def waiting(self) -> int:
        """How many writes wait for their group."""
        return len(self._waiting)

    def begin(self, work: Callable[[Transaction], T]) -> asyncio.Future[T]:
        """Queue `work`; see `Store.begin_write`."""
        return cast("asyncio.Future[T]", self._queue(Write(work, asyncio.get_running_loop().create_future())))

    def begin_in_group(self, group: Group, item: object) -> asyncio.Future[Any]:
        """Queue one of a group; see `Store.begin_in_group`."""
        return self._queue(Write.of(group, item, asyncio.get_running_loop().create_future()))

    def _queue(self, write: Write) -> asyncio.Future[Any]:
        if self._closing:
            raise self._stopping()
        if len(self._waiting) >= self._bounds.writes_waiting:
            raise busy(
                "The server has more to save than it can just now. Try again in a moment.",
                self._bounds.retry_after_seconds,
            )
        self._waiting.append(write)
        self._changed.set()
        self._gathering.came(len(self._waiting))
        return write.answer

    async def run(self) -> None:
        """Work until `finish`, and until nothing waits."""
        try:
            while await self._something_waits():
                await self._gathering.wait(len(self._waiting))
                await self._run_batch()
                if self._unsettled >= SETTLE_COMMITS and not self._waiting:
                    self._unsettled = 0
                    await self._thread.run(self._engine.settle)
        finally:
            self._closing = True
            self.refuse_waiting()

    def finish(self) -> None:
        """Take no more writes; `run` ends after those that wait."""
        self._closing = True
        self._gathering.stop()
        self._changed.set()

    def refuse_waiting(self) -> None:
        """Answer those that have not begun: the server is stopping."""
        while self._waiting:
            _fail(self._waiting.popleft(), self._stopping())

    async def _something_waits(self) -> bool:
        while not self._waiting and not self._closing:
            self._changed.clear()
            await self._changed.wait()
        return bool(self._waiting)

    async def _run_batch(self) -> None:
        now = self._clock.now()
        count = min(len(self._waiting), self._bounds.batch_writes)
        writes = [self._waiting.popleft() for _ in range(count)]
        run = partial(
            run_batch,
            writes=writes,
            engine=self._engine,
            epoch=self._epoch,
            now=now,
            seconds=self._bounds.batch_seconds,
            monotonic=self._clock.monotonic,
        )
        try:
            batch = await self._thread.run(run)
        except BaseException:
            # The loop is ending.  What they wrote may have been kept; a repeat with the same key finds out.
            for write in writes:
                _fail(write, self._stopping())
            raise
        self._waiting.extendleft(reversed(writes[batch.taken :]))
        self._gathering.ended(taken=batch.taken, waiting=len(self._waiting), seconds=batch.ended - batch.began)
        self._answer(writes[: batch.taken], batch)

    def _answer(self, writes: list[Write], batch: Batch) -> None:
        self._log(batch)
        if batch.failure is None:
            self.commit_seconds.add(batch.ended - batch.began)
            self.commit_writes.add(batch.taken)
            self._unsettled += 1
        for write in writes:
            if write.error is not None:
                _fail(write, write.error)
            elif batch.failure is not None:
                _fail(write, refusal(batch.failure, self._bounds.retry_after_seconds))
            elif not write.answer.done():
                write.answer.set_result(write.result)
        if batch.changes or batch.notices:
            self._publish(Committed(tuple(batch.changes), tuple(batch.notices), batch.ended))

    def _log(self, batch: Batch) -> None:
        # Once when it begins and once when it ends: a full disk fails every batch.
        if batch.failure is not None and not self._failing:
            _LOG.error("writes are refused: %s", batch.failure)
        elif batch.failure is None and self._failing:
            _LOG.warning("writes are kept again")
        self._failing = batch.failure is not None

    def _stopping(self) -> HubbubError:
        return busy("The server is stopping. Try again in a moment.", self._bounds.retry_after_seconds)


def _fail(write: Write, error: BaseException) -> None:
    if write.answer.done():
        return
    if isinstance(error, StopIteration):  # a future refuses it
        error = RuntimeError(f"the write raised {error!r}")
    write.answer.set_exception(error)
