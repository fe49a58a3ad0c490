"""Many writes in one transaction: each in a savepoint of its own, all of them durable at once or none.

Runs in the writer's thread and awaits nothing.
"""

from __future__ import annotations

import time
from asyncio import Future
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hubbub.domain.changes import LoggedChange
from hubbub.store.connection import Session
from hubbub.store.engine import Engine
from hubbub.store.errors import StoreError
from hubbub.store.limits import GROUP_WRITES
from hubbub.store.transaction import Transaction

# What does many writes of one kind at once: for each its result, or the exception that refuses it and undoes nothing.
Group = Callable[[Transaction, Sequence[Any]], Sequence[object]]


@dataclass(eq=False, slots=True)
class Write:
    """One function that waits for its transaction, and whom to tell.  The future belongs to the loop's thread.

    One of a `group` has its `item` and can be done together with those before and after it.
    """

    work: Callable[[Transaction], object]
    answer: Future[Any]
    group: Group | None = None
    item: object = None
    result: object = None
    error: BaseException | None = None

    @classmethod
    def of(cls, group: Group, item: object, answer: Future[Any]) -> Write:
        """One of a group."""

        def alone(transaction: Transaction) -> object:
            (outcome,) = group(transaction, [item])
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        return cls(alone, answer, group, item)


@dataclass(slots=True)
class Batch:
    """What came of it.

    `taken` counts the writes that were begun or dropped; those after them still wait.  With a `failure` nothing of the
    batch was kept, and the next may well succeed.  `began` and `ended` are times of the clock's `monotonic`: when the
    first write began and when all of them were durable.
    """

    taken: int = 0
    failure: StoreError | None = None
    changes: list[LoggedChange] = field(default_factory=list)
    notices: list[object] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0


def run_batch(
    connection: Session,
    writes: Sequence[Write],
    *,
    engine: Engine,
    epoch: str,
    now: datetime,
    seconds: float,
    monotonic: Callable[[], float],
) -> Batch:
    """Run as many of `writes` as begin within `seconds` of processor time, and commit them.

    Not of the clock: while others hold the interpreter its time passes, and groups would be small when they matter.

    A write whose caller has gone is dropped.  One that raises undoes itself only; its error is kept in the write.
    """
    end = time.thread_time() + seconds
    batch = Batch(began=monotonic())
    try:
        head = connection.begin_write()
    except Exception as error:
        # All have waited for the lock as long as anybody should.
        connection.roll_back()  # where it has begun all the same
        return Batch(taken=len(writes), failure=_failure(error, engine))

    def begin() -> Transaction:
        return Transaction(connection, epoch=epoch, head=head + len(batch.changes), now=now)

    try:
        for together in _groups(writes):
            if batch.taken and time.thread_time() > end:
                break
            batch.taken += len(together)
            wanted = [write for write in together if not write.answer.cancelled()]
            if len(wanted) > 1 and _run_group(begin(), wanted, batch, engine):
                continue
            for write in wanted:
                _run_one(begin(), write, batch, engine)
        connection.commit_write(head + len(batch.changes), changed=bool(batch.changes), announced=bool(batch.notices))
        batch.ended = monotonic()
    except BaseException as error:
        connection.roll_back()
        return Batch(taken=batch.taken, failure=_failure(error, engine))
    return batch


def _groups(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """The writes in their order: neighbours of one group together, at most `GROUP_WRITES`, and any other alone."""
    together: list[Write] = []
    for write in writes:
        if together and (write.group is None or write.group is not together[0].group or len(together) == GROUP_WRITES):
            yield together
            together = []
        together.append(write)
    if together:
        yield together


def _run_group(transaction: Transaction, writes: Sequence[Write], batch: Batch, engine: Engine) -> bool:
    """Do all of a group at once; False, and nothing was done, when it raises: then each has to be done alone."""
    group = writes[0].group
    assert group is not None  # noqa: S101 — only such writes have neighbours

    def work(transaction: Transaction) -> None:
        for write, outcome in zip(writes, group(transaction, [write.item for write in writes]), strict=True):
            if isinstance(outcome, BaseException):
                write.error = outcome
            else:
                write.result = outcome

    return _attempt(work, transaction, batch, engine) is None


def _run_one(transaction: Transaction, write: Write, batch: Batch, engine: Engine) -> None:
    def work(transaction: Transaction) -> None:
        write.result = write.work(transaction)

    write.error = _attempt(work, transaction, batch, engine)


def _attempt(
    work: Callable[[Transaction], None], transaction: Transaction, batch: Batch, engine: Engine
) -> BaseException | None:
    """Do `work` in a savepoint and keep what it did; what it raised, where that undid it."""
    connection = transaction.connection
    connection.execute("SAVEPOINT one")
    try:
        work(transaction)
    except BaseException as error:
        if engine.error(error) is not None:
            raise
        connection.execute("ROLLBACK TO one")
        connection.execute("RELEASE one")
        return error
    # Fails when the database has rolled the whole transaction back and the work did not say so.
    connection.execute("RELEASE one")
    batch.changes += transaction.changes
    batch.notices += transaction.notices
    return None


def _failure(error: BaseException, engine: Engine) -> StoreError:
    return engine.error(error) or StoreError(
        f"The database {engine.name} did not keep its transaction open ({error}). "
        "A write must neither commit nor roll back; report this with the log."
    )
