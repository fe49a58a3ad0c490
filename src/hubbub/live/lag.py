"""How long changes take from their commit until a client's connection has taken them: looked at now and then.

A look is a task that waits for one outbox; what every delivery costs is nothing, and what every commit costs is to see
what time it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from hubbub.live.subscription import Subscription
from hubbub.store.distribution import SECONDS, Distribution

LOOK_SECONDS = 0.1  # ten looks a second say as much as each delivery would
LOOKED_OVER = 64  # connections among which one of each transport is taken
WAITING = 16  # looks at once by transport: clients that take nothing must not keep everybody else from being seen


class Lag:
    """`by_transport` is {transport: seconds from commit to taken}."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.by_transport: dict[str, Distribution] = {}
        self._monotonic = monotonic
        self._next = 0.0
        self._turn = 0
        self._waiting: dict[str, set[asyncio.Task[None]]] = {}  # {transport: looks under way}

    def note(self, hearing: Sequence[Subscription], committed_at: float) -> None:
        """A change of that moment was just sent to these; look at some of them, if it is time to."""
        if not hearing or self._monotonic() < self._next:
            return
        self._next = self._monotonic() + LOOK_SECONDS
        self._turn = (self._turn + LOOKED_OVER) % max(1, len(hearing) - LOOKED_OVER)
        some = hearing[self._turn : self._turn + LOOKED_OVER]
        for subscription in {each.outlet.transport: each for each in some}.values():
            self._look(subscription, committed_at)

    async def close(self) -> None:
        """Look no more."""
        looks = [look for under_way in self._waiting.values() for look in under_way]
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    def _look(self, subscription: Subscription, committed_at: float) -> None:
        under_way = self._waiting.setdefault(subscription.outlet.transport, set())
        if len(under_way) < WAITING:
            look = asyncio.get_running_loop().create_task(self._wait(subscription, committed_at), name="look at a lag")
            under_way.add(look)
            look.add_done_callback(under_way.discard)

    async def _wait(self, subscription: Subscription, committed_at: float) -> None:
        await subscription.outlet.taken()
        if not subscription.closed:
            lags = self.by_transport.setdefault(subscription.outlet.transport, Distribution(SECONDS))
            lags.add(self._monotonic() - committed_at)
