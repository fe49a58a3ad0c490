"""What the bus asks of a connection to whatever carries words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class LinkError(Exception):
    """What carries words is not there, or not any more; the text says why, and names no password."""


class Link(Protocol):
    """One connection, from its beginning to its first trouble, which is its end."""

    async def publish(self, channel: str, data: bytes) -> None:
        """Have something passed on to whoever hears a channel.

        Raises:
            LinkError: it was not taken in time, or nobody knows whether it was.
        """
        ...

    def heard(self) -> AsyncIterator[bytes]:
        """What is said on our channels, by ourselves too, for ever.

        Raises:
            LinkError: the connection has ended.
        """
        ...


OpenLink = Callable[[Sequence[str]], AbstractAsyncContextManager[Link]]  # connect, and hear these channels
