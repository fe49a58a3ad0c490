"""The store: one database, one writer, a few readers, and those who want to know what was committed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hubbub.domain.clock import Clock
from hubbub.store.connect import Synchronous
from hubbub.store.connection import Connection, Searchable, Thread
from hubbub.store.distribution import Distribution
from hubbub.store.engine import Edition, Engine
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_epoch, select_former_epochs, select_head
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.driver import driver
from hubbub.store.readers import Readers
from hubbub.store.sqlite_engine import SqliteEngine
from hubbub.store.transaction import Committed, Transaction
from hubbub.store.writer import Writer

__all__ = ["Committed", "Store", "Transaction"]

T = TypeVar("T")
Item = TypeVar("Item")

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """`writes_waiting` is now; the others are of all commits so far."""

    writes_waiting: int
    commit_seconds: Distribution
    commit_writes: Distribution


class Store:
    """An open database.  Close it on every path: its threads keep the process alive.

    `epoch` names this log and is part of every cursor, `former` are those of the logs that it goes on from, as
    `decode_cursor` takes them; `head` is the id of the newest change committed here.
    `edition()` is another number after any commit, of any process, and None when it cannot be told (`Edition.now`).
    """

    def __init__(
        self,
        engine: Engine,
        threads: list[Thread],
        *,
        epoch: str,
        former: Mapping[str, int],
        head: int,
        edition: Edition,
        clock: Clock,
        bounds: StoreLimits,
    ) -> None:
        self.epoch = epoch
        self.former = former
        self.head = head
        self.edition = edition.now
        self._engine = engine
        self._bounds = bounds
        self._edition = edition
        self._listeners: list[Callable[[Committed], None]] = []
        self._writing_thread, *reading_threads = threads
        self._readers = Readers(reading_threads, engine=engine, bounds=bounds)
        self._writer = Writer(
            self._writing_thread, engine=engine, epoch=epoch, clock=clock, bounds=bounds, publish=self._publish
        )
        self._running = asyncio.create_task(self._run())
        self._elsewhere: list[Callable[[int, bool], None]] = []
        self._listening = engine.listen(epoch, self._heard)

    @classmethod
    async def open(
        cls,
        place: Path | str | PostgresAddress,
        *,
        clock: Clock,
        synchronous: Synchronous = "full",
        bounds: StoreLimits | None = None,
    ) -> Store:
        """Open a database and bring its schema up to date; a file is made when it is not there.

        Raises:
            StoreError: it cannot be used; the text says why and what to do.
        """
        bounds = bounds or StoreLimits()
        opening = asyncio.ensure_future(cls._open(_engine(place, synchronous, bounds), clock, bounds))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # A thread that is opening the file cannot be stopped, and must not outlive the loop: wait, then close.
            await asyncio.wait({opening})
            if opening.exception() is None:
                await opening.result().close()
            raise

    @classmethod
    async def _open(cls, engine: Engine, clock: Clock, bounds: StoreLimits) -> Store:
        threads: list[Thread] = []
        try:
            threads.append(await engine.open_writer())
            for _ in range(bounds.read_connections):
                threads.append(await engine.open_reader())
            epoch, former, head = await threads[0].run(_look_at_log)
            edition = await engine.open_edition(threads[0])
        except BaseException as error:
            await asyncio.gather(*(thread.close() for thread in threads), return_exceptions=True)
            failure = engine.error(error)
            if failure is None or failure is error:
                raise
            raise failure from error
        return cls(engine, threads, epoch=epoch, former=former, head=head, edition=edition, clock=clock, bounds=bounds)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction, and return what it returned once that is on the disk.

        `work` is a plain function; it runs in the writer's thread, together with others that wait, in the order in
        which they came.  When it raises, all it did is undone and the error comes out here.  When the caller is
        cancelled, a write that has not begun is dropped and one that has is kept.

        Raises:
            HubbubError: `server_busy`: too much waits, the disk is full, another process holds the database, or the
                store is closing.  Nothing was kept.
            StoreError: the database is damaged.
            Exception: what `work` raised.
        """
        return await self._writer.begin(work)

    def begin_write(self, work: Callable[[Transaction], T]) -> asyncio.Future[T]:
        """Take a place in the order of writes, and go on; the future has what `write` would return or raise.

        Raises:
            HubbubError: `server_busy`, at once, where too much waits or the store is closing.
        """
        return self._writer.begin(work)

    def begin_in_group(
        self, group: Callable[[Transaction, Sequence[Item]], Sequence[T | Exception]], item: Item
    ) -> asyncio.Future[T]:
        """As `begin_write`, for one of many: neighbours with the same `group` are done by one call of it.

        The call gives for each item what came of it, or why it was refused, which undoes nothing of the others.  Where
        it raises, all it did is undone, and it is called again for each item alone.

        Raises:
            HubbubError: as `begin_write` does.
        """
        return self._writer.begin_in_group(group, item)

    async def read(self, work: Callable[[Searchable], T]) -> T:
        """Run `work` on a connection that only reads; all its statements see the same state of the database.

        Raises:
            HubbubError: `server_busy`: too many reads wait, or the store is closing.
            StoreError: the database is damaged.
            Exception: what `work` raised.
        """
        return await self._readers.read(work)

    def on_commit(self, listener: Callable[[Committed], None]) -> None:
        """Have `listener` called on the loop after each commit, in the order of commits.

        Every write of the commit has had its answer by then.  A listener must not block; what it raises is logged.
        """
        self._listeners.append(listener)

    @property
    def figures(self) -> Figures:
        """How the writer does, for whoever wants to see it."""
        writer = self._writer
        return Figures(writer.waiting, writer.commit_seconds, writer.commit_writes)

    def on_elsewhere(self, listener: Callable[[int, bool], None]) -> None:
        """Have `listener(head, announced)` called on the loop when another process may have committed.

        `head` is the id of the newest change; `announced` says that it may have announced something as well. Where
        the engine cannot tell, nobody is called.
        """
        self._elsewhere.append(listener)

    async def close(self) -> None:
        """Finish the writes that wait, within a limit, and close every connection.  Again does nothing."""
        self._writer.finish()
        _, late = await asyncio.wait({self._running}, timeout=self._bounds.close_seconds)
        if late:
            self._writer.refuse_waiting()
        await asyncio.shield(self._running)

    async def _run(self) -> None:
        # Also ends in order when the loop ends and nobody has called `close`.
        try:
            await self._writer.run()
        except Exception:
            _LOG.exception("the writer has failed; nothing can be saved until the server is started again")
            raise
        finally:
            try:
                await self._readers.close()
                if self._listening is not None:
                    await self._listening.close()
            finally:
                await self._close_writing_thread()

    async def _close_writing_thread(self) -> None:
        self._edition.close()
        await self._engine.close_writer(self._writing_thread)

    def _publish(self, committed: Committed) -> None:
        if committed.changes:
            self.head = committed.changes[-1].id
        # Behind the answers, which were queued to the loop just before.
        asyncio.get_running_loop().call_soon(self._notify, committed)

    def _heard(self, head: int, announced: bool) -> None:
        for listener in self._elsewhere:
            listener(head, announced)

    def _notify(self, committed: Committed) -> None:
        for listener in self._listeners:
            try:
                listener(committed)
            except Exception:
                _LOG.exception("a listener failed on a commit; the others are told all the same")


def _look_at_log(connection: Connection) -> tuple[str, dict[str, int], int]:
    return select_epoch(connection), select_former_epochs(connection), select_head(connection)


def _engine(place: Path | str | PostgresAddress, synchronous: Synchronous, bounds: StoreLimits) -> Engine:
    if not isinstance(place, PostgresAddress):
        return SqliteEngine(Path(place), synchronous, bounds)
    with driver():
        from hubbub.store.postgres.engine import PostgresEngine
    return PostgresEngine(place, bounds)
