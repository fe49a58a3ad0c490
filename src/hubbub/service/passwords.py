"""Passwords: argon2id off the event loop, a few at a time, with an end to the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hubbub.contract.errors import ErrorCode, HubbubError

T = TypeVar("T")

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
MEMORY_COST_KIB = 19 * 1024
PASSES = 2
LANES = 1

THREADS = 2  # each hash holds 19 MiB and keeps a core busy for about 20 ms
WAITING = 128  # about 1.5 s of work for two threads; whoever comes later should come back
RETRY_AFTER_SECONDS = 2.0


class Passwords:
    """Hashes and checks passwords; `close` it when the server stops."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_COST_KIB, parallelism=LANES)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded hash to store."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; for nobody (None) it takes as long, so that time does not tell names."""
        if password_hash is None:
            if self._nobody is None:
                self._nobody = await self.hash("nobody has this password")
            await self._run(lambda: self._matches(self._nobody or "", password))
            return False
        return await self._run(lambda: self._matches(password_hash, password))

    def close(self) -> None:
        """Let the running hashes finish and the threads end."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise HubbubError(
                ErrorCode.SERVER_BUSY,
                "Too many people sign in at this moment. Try again shortly.",
                retry_after=RETRY_AFTER_SECONDS,
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1
