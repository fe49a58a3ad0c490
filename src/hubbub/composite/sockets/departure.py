"""The short way out of one WebSocket: what waits leaves in one write, once the loop has done what was due.

What has no room there goes the long way, one packet after another by ASGI's `send`, which waits for the client.
docs/decisions/0024-direct-writes.md says why the order holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from hubbub.composite.sockets.engine_packets import Encoded
from hubbub.composite.sockets.frames import Bundle, frames_of


class Writes(Protocol):
    """The server below; `hypercorn_writes` finds it."""

    def room(self) -> int:
        """Bytes that the server takes now without anybody having to wait; 0 where the long way is to be gone."""
        ...

    def write(self, frames: bytes) -> None:
        """Write whole frames, no more than there was room for."""
        ...


class Waiting(Protocol):
    """Whose packets wait: a session."""

    @property
    def waiting_packets(self) -> int:
        """How many."""
        ...

    def take_within(self, room: int) -> list[Encoded | Bundle]:
        """What is next, as much as fits into so many bytes as frames."""
        ...


class Departure:
    """`wake` wakes who goes the long way; while somebody does, `held` is set and nothing may overtake them."""

    __slots__ = ("_is_due", "_waiting", "_wake", "_writes", "held")

    def __init__(self, writes: Writes, waiting: Waiting, wake: Callable[[], None]) -> None:
        self.held = False
        self._writes = writes
        self._waiting = waiting
        self._wake = wake
        self._is_due = False

    def soon(self) -> None:
        """Something waits: send it with whatever else comes until the loop is here again."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._leave)

    def now(self, bundle: Bundle) -> bool:
        """Send a bundle before anything that comes later, if nothing waits; `False` where it would have to wait."""
        frames = bundle.frames
        if self.held or len(frames) > self._writes.room():
            return False
        self._writes.write(frames)
        return True

    def _leave(self) -> None:
        self._is_due = False
        if self.held or not self._waiting.waiting_packets:
            return
        taken = self._waiting.take_within(self._writes.room())
        if not taken:
            self._wake()
            return
        self._writes.write(b"".join(map(frames_of, taken)))
        if self._waiting.waiting_packets:
            self.soon()  # by then the server has passed on what the client takes
