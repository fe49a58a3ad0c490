"""A thread for one connection to PostgreSQL: the functions of the store wait in it, and the loop does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from hubbub.store.call import Call
from hubbub.store.postgres.connection import PostgresConnection

C = TypeVar("C")
T = TypeVar("T")


class PostgresThread:
    """See `store.connection.Thread`.  Open it and always close it."""

    def __init__(self, executor: ThreadPoolExecutor, connection: PostgresConnection) -> None:
        self._executor = executor
        self.connection = connection

    @classmethod
    async def open(cls, connect: Callable[[], PostgresConnection]) -> PostgresThread:
        """Start a thread and make the connection in it.

        Raises:
            Exception: what `connect` raises; the thread has ended then.
        """
        executor = ThreadPoolExecutor(1, thread_name_prefix="postgresql")
        call: Call[None, PostgresConnection] = Call(lambda _: connect())
        try:
            await _in(executor, call, None)
            return cls(executor, call.outcome())
        except BaseException:
            executor.shutdown(wait=False)
            raise

    async def run(self, function: Callable[[PostgresConnection], T]) -> T:
        """See `Thread.run`."""
        call = Call(function)
        await _in(self._executor, call, self.connection)
        return call.outcome()

    async def interrupt(self) -> None:
        """What runs fails as if the database had gone away."""
        self.connection.break_off()

    async def close(self) -> None:
        """Close the connection behind what waits, and end the thread."""
        try:
            await self.run(PostgresConnection.close)
        finally:
            self._executor.shutdown(wait=False)


async def _in(executor: ThreadPoolExecutor, call: Call[C, Any], connection: C) -> None:
    # Shielded: a caller who goes must not take a function back that others count on.
    await asyncio.shield(asyncio.get_running_loop().run_in_executor(executor, call.run, connection))
