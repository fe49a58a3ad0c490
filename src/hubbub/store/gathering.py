"""When a group of writes begins: at once, or a moment later with those in it who wrote last and will write again.

A group costs one flush of the disk and each listener one packet, however many writes it holds.  Where many write all
the time, those who have just been answered come back while the next group, of those who had to wait, is on its way: so
there are two groups, each half as large as it could be.  PostgreSQL has the same remedy as `commit_delay`, with
`commit_siblings` for when to use it (its documentation, "WAL Configuration"); here the delay is what a group takes.
"""

from __future__ import annotations

import asyncio

from hubbub.store.limits import GROUP_WRITES, SIBLINGS


class Gathering:
    """One a writer.  `most_seconds` bounds what a group waits, however long the last one took."""

    def __init__(self, most_seconds: float) -> None:
        self._most_seconds = most_seconds
        self._expected = 0  # writes, if everybody who wrote last does so again
        self._seconds = 0.0  # that the last group took
        self._enough = asyncio.Event()

    def ended(self, *, taken: int, waiting: int, seconds: float) -> None:
        """A group of so many writes took so long, and so many came meanwhile; what failed took no time."""
        self._expected = min(taken + waiting, GROUP_WRITES)
        self._seconds = min(seconds, self._most_seconds)

    def came(self, waiting: int) -> None:
        """So many writes wait now."""
        if waiting >= self._expected:
            self._enough.set()

    def stop(self) -> None:
        """Nobody comes any more, and no group waits for them."""
        self._most_seconds = self._seconds = 0.0
        self._enough.set()

    async def wait(self, waiting: int) -> None:
        """Wait for more than these, as long as the last group took at most; a few do not wait for each other."""
        if waiting >= self._expected or self._expected <= SIBLINGS or self._seconds <= 0:
            return
        self._enough.clear()
        alarm = asyncio.get_running_loop().call_later(self._seconds, self._enough.set)
        try:
            await self._enough.wait()
        finally:
            alarm.cancel()
