"""Answers of the store kept for as long as nothing is committed, so that they are as true as if they were read now.

Knows neither what they are nor how they are read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Known(Generic[V]):
    """Values of one edition of the store (`Store.edition`) at a time, by key; a new edition empties it."""

    def __init__(self, edition: Callable[[], int | None], *, room: int, size: Callable[[V], int]) -> None:
        """`size` says how much of `room` a value takes, in the unit of both."""
        self._edition = edition
        self._room = room
        self._size = size
        self._seen: int | None = None
        self._taken = 0
        self._values: dict[Hashable, V] = {}  # {key: value}

    @property
    def edition(self) -> int | None:
        """The one that was last looked at; what is read from now on is kept for no other."""
        return self._seen

    def find(self, key: Hashable) -> V | None:
        """What is known of the edition that the store has now."""
        edition = self._edition()
        if edition != self._seen:
            self._forget(edition)
        return self._values.get(key)

    async def get(self, key: Hashable, read: Callable[[], Awaitable[V]]) -> V:
        """What `read` gives, or gave in this edition; None is not kept.

        Raises:
            Exception: what `read` raises, which is not kept either.
        """
        found = self.find(key)
        if found is not None:
            return found
        edition = self._seen
        value = await read()
        if value is not None:
            self.keep(key, value, edition)
        return value

    def keep(self, key: Hashable, value: V, edition: int | None) -> None:
        """Keep what was read after `edition` was: if nobody commits until that is looked at again, it is of it."""
        size = self._size(value)
        if edition is None or edition != self._seen or key in self._values or size > self._room:
            return  # it may be old already, somebody was faster, or it fits nowhere
        if self._taken + size > self._room:
            self._forget(self._seen)
        self._values[key] = value
        self._taken += size

    def _forget(self, edition: int | None) -> None:
        self._seen = edition
        self._values.clear()
        self._taken = 0
