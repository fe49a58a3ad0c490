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

    async def get(self, key: Hashable, read: Callable[[], Awaitable[V]]) -> V:
        """What `read` gives, or gave in this edition; None is not kept.

        Raises:
            Exception: what `read` raises, which is not kept either.
        """
        edition = self._edition()
        if edition != self._seen:
            self._forget(edition)
        if key in self._values:
            return self._values[key]
        value = await read()
        # It was read after the number was: if nobody commits until that is looked at again, it is of this edition.
        if edition is not None and edition == self._seen and value is not None:
            self._keep(key, value)
        return value

    def _keep(self, key: Hashable, value: V) -> None:
        size = self._size(value)
        if key in self._values or size > self._room:
            return  # somebody was faster, or it fits nowhere
        if self._taken + size > self._room:
            self._forget(self._seen)
        self._values[key] = value
        self._taken += size

    def _forget(self, edition: int | None) -> None:
        self._seen = edition
        self._values.clear()
        self._taken = 0
