"""Faults as a test orders them: which one, at which message of which connections. Knows no connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from hubbub.composite.scopes import is_under
from hubbub.composite.sockets.heartbeat import Later
from hubbub.composite.types import Scope
from hubbub.testing.deadlines import DEADLINE, within

Direction = Literal["to_server", "to_client"]
Kind = Literal["http", "websocket"]


class Fault(Enum):
    """What may happen to a message; docs/testing.md has the table."""

    DROP = "drop"  # this message is lost
    CUT = "cut"  # the connection ends here, for both sides
    DELAY = "delay"  # this message, and what comes behind it, waits
    DUPLICATE = "duplicate"  # this message arrives twice
    STALL = "stall"  # the client stops reading
    HALF_OPEN = "half open"  # the client vanishes without a word


@dataclass(frozen=True)
class Where:
    """Which connections are meant: of the kind, below the path, with the method; None and `/` mean any."""

    path: str = "/"
    kind: Kind | None = None
    method: str | None = None

    def matches(self, scope: Scope) -> bool:
        """Whether this one is."""
        return (
            is_under(scope["path"], self.path)
            and self.kind in (None, scope["type"])
            and self.method in (None, scope.get("method"))
        )

    def __str__(self) -> str:
        return f"{self.method or self.kind or 'anything'} under {self.path}"


@dataclass(eq=False)
class Order:
    """One order: the `nth` message that it fits, counted over all connections from the moment of ordering.

    With `times` the messages after that as well, so many in all.
    """

    fault: Fault
    direction: Direction
    where: Where
    nth: int = 1
    times: int = 1
    buffer_bytes: int = 0  # of a stalled client
    seconds: float | None = None  # until a delay ends by itself; None for never
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: int = 0
    _happened: asyncio.Event = field(default_factory=asyncio.Event)
    _on_release: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.nth < 1 or self.times < 1:
            raise ValueError("messages are counted from 1: `nth` and `times` are at least that")

    def __str__(self) -> str:
        return f"{self.fault.value} message {self.nth} {self.direction}, {self.where} ({self._seen} seen so far)"

    def count(self, direction: Direction, scope: Scope) -> bool:
        """Count a message; whether it is to be hit."""
        if direction != self.direction or not self.where.matches(scope):
            return False
        self._seen += 1
        return self.nth <= self._seen < self.nth + self.times

    def happens(self, later: Later) -> None:
        """Note that it did; a delay begins."""
        self._happened.set()
        if self.seconds is not None:
            later(self.seconds, self.release)

    async def happened(self, timeout: float = DEADLINE) -> None:
        """Wait until it has hit its message.

        Raises:
            TimeoutError: it did not, within so many seconds.
        """
        await within(timeout, self._happened.wait(), lambda: str(self))

    def release(self) -> None:
        """Let go what is delayed, or let the client read on; again changes nothing."""
        self.released.set()
        for call in self._on_release:
            call()

    def on_release(self, call: Callable[[], None]) -> None:
        """Call back at the release, at once if that was before."""
        self._on_release.append(call)
        if self.released.is_set():
            call()
