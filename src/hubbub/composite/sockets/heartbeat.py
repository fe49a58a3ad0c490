"""PING, PONG and the time between them; knows no transport.

Only a PONG to a PING that the transport took counts, so a client that answers without reading is found out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """What `loop.call_later` returns, as far as it is used."""

    def cancel(self) -> None:
        """Never call back."""
        ...


Later = Callable[[float, Callable[[], None]], Timer]  # (seconds, what to call)


def loop_later(seconds: float, call: Callable[[], None]) -> Timer:
    """Call back on the running loop."""
    return asyncio.get_running_loop().call_later(seconds, call)


class Heartbeat:
    """One client's heartbeat: `ping` is called to send a PING, `expire` when its PONG did not come in time.

    PINGs are one interval apart, however long their PONGs take; only a PONG that takes longer delays the next.
    """

    __slots__ = ("_deadline", "_expire", "_interval", "_later", "_next", "_ping", "_taken", "_timeout", "_waiting")

    def __init__(
        self,
        *,
        interval: float,
        timeout: float,
        ping: Callable[[], None],
        expire: Callable[[], None],
        later: Later = loop_later,
    ) -> None:
        self._interval = interval
        self._timeout = timeout
        self._ping = ping
        self._expire = expire
        self._later = later
        self._next: Timer | None = None  # rings when a PING is due; None once it is overdue
        self._deadline: Timer | None = None  # rings when the PONG is
        self._waiting = False
        self._taken = False

    def start(self) -> None:
        """Send the first PING after one interval."""
        self.stop()
        self._next = self._later(self._interval, self._due)

    def stop(self) -> None:
        """Never call back again, until the next start."""
        self._answered()
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def ping_taken(self) -> None:
        """The transport took the PING."""
        self._taken = self._waiting

    def pong(self) -> None:
        """A PONG came; one that nothing asked for changes nothing."""
        if not self._taken:
            return
        self._answered()
        if self._next is None:
            self._beat()

    def _due(self) -> None:
        self._next = None
        if not self._waiting:
            self._beat()

    def _beat(self) -> None:
        self._waiting = True
        self._next = self._later(self._interval, self._due)
        self._deadline = self._later(self._timeout, self._expire)
        self._ping()

    def _answered(self) -> None:
        self._waiting = self._taken = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
