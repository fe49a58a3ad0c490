"""What a client has heard, in order, for a test to ask for; knows no transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

E = TypeVar("E")


class Heard(Generic[E]):
    """`all` of it; and what no one has taken yet, which `take` gives out once."""

    def __init__(self) -> None:
        self.all: list[E] = []
        self._left: list[E] = []
        self._arrived = asyncio.Event()

    def add(self, event: E) -> None:
        """Something has come."""
        self.all.append(event)
        self._left.append(event)
        self._arrived.set()

    def take(self, fits: Callable[[E], bool]) -> E | None:
        """The oldest that fits and was not taken yet; None if there is none."""
        for place, event in enumerate(self._left):
            if fits(event):
                return self._left.pop(place)
        return None

    def look_again(self) -> None:
        """Let whoever waits find out that nothing more will come."""
        self._arrived.set()

    async def more(self) -> None:
        """Wait until something comes, or `look_again`."""
        self._arrived.clear()
        await self._arrived.wait()
