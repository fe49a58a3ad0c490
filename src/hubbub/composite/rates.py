"""How often somebody may do something: token buckets in bounded memory, and a middleware that counts by address.

A bucket is one number, the time at which it will be full again (the generic cell rate algorithm, ITU-T I.371).
A full bucket is the same as none, so only buckets that are not full need memory.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from hubbub.composite.addresses import address_key, peer_text
from hubbub.composite.problem import Problem
from hubbub.composite.refusals import refuse
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

MAX_KEYS = 65_536  # about 20 MB
SWEPT_PER_NEW_KEY = 8  # looked at when a key is new: work stays constant, full buckets leave faster than keys come
CROWD_BUCKETS = 1_024  # shared by keys that find the table full of buckets that are not
ROUNDING_SECONDS = 1e-6  # a wait that was announced must be enough, whatever the last bits of a float say

Key = tuple[str, str]  # (name of the rate, who)


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_second` on average; one that holds `everywhere` is counted once for all hosts.

    Raises:
        ValueError: a bucket that could never be filled or never hold one token.
    """

    name: str
    burst: int
    per_second: float
    everywhere: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.burst < 1 or self.per_second <= 0:
            raise ValueError(f"rate {self.name}: burst must be 1 or more and per_second positive")


class SharedLimiter(Protocol):
    """Counts for all hosts, as far as they can be reached."""

    async def take(self, rate: Rate, key: str) -> float | None:
        """Take a token; `None` if there was one, or nobody knows, otherwise the seconds until there would be."""
        ...


class RateLimiter:
    """Token buckets by rate and key.

    A bucket that is not full is never forgotten, so filling the table with other keys washes nobody's out. New keys
    then share `CROWD_BUCKETS` buckets, and keys that were there before notice nothing.
    `enabled=False` lets everything pass and remembers nothing.
    """

    def __init__(self, *, monotonic: Callable[[], float], enabled: bool = True, max_keys: int = MAX_KEYS) -> None:
        self._monotonic = monotonic
        self._enabled = enabled
        self._max_keys = max_keys
        # Not a dict: finding its oldest key takes as long as it has had older ones.
        self._full_at: OrderedDict[Key, float] = (
            OrderedDict()
        )  # {(rate, key): when full again}, least recently looked at first
        self._crowd: dict[Key, float] = {}  # {(rate, number): when full again}

    def take(self, rate: Rate, key: str, cost: int = 1) -> float | None:
        """Take `cost` tokens; `None` if they were there, otherwise the seconds until they would be.

        Raises:
            ValueError: the cost is not positive, or more than the bucket ever holds.
        """
        if not 1 <= cost <= rate.burst:
            raise ValueError(f"rate {rate.name}: a cost of {cost} does not fit a burst of {rate.burst}")
        if not self._enabled:
            return None
        now = self._monotonic()
        table, place = self._place((rate.name, key), now)
        full_at = max(table.get(place, now), now) + cost / rate.per_second
        wait = full_at - now - rate.burst / rate.per_second
        if wait > ROUNDING_SECONDS:
            return wait
        table[place] = full_at
        return None

    @property
    def keys(self) -> int:
        """How many buckets are remembered, those of the crowd not counted."""
        return len(self._full_at)

    def _place(self, key: Key, now: float) -> tuple[dict[Key, float], Key]:
        if key in self._full_at:
            return self._full_at, key
        self._sweep(now)
        if len(self._full_at) < self._max_keys:
            return self._full_at, key
        return self._crowd, (key[0], str(hash(key) % CROWD_BUCKETS))  # str hashes are salted: nobody picks a bucket

    def _sweep(self, now: float) -> None:
        """Forget the full ones among the oldest buckets, put the others at the end."""
        for _ in range(min(SWEPT_PER_NEW_KEY, len(self._full_at))):
            key, full_at = self._full_at.popitem(last=False)
            if full_at > now:
                self._full_at[key] = full_at


class RateLimitMiddleware:
    """Bound how often an address may make requests and open websockets; `None` for no bound.

    Comes after `ProxiesMiddleware`, so that the address is the client's.
    """

    def __init__(
        self, app: ASGIApp, *, limiter: RateLimiter, requests: Rate | None = None, websockets: Rate | None = None
    ) -> None:
        self._app = app
        self._limiter = limiter
        self._rates = {"http": requests, "websocket": websockets}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        rate = self._rates.get(scope["type"])
        wait = self._limiter.take(rate, address_key(peer_text(scope))) if rate else None
        if wait is None:
            return self._app(scope, receive, send)
        detail = "Your address sends too much. Wait as long as retry_after says."
        return refuse(
            scope, receive, send, Problem(429, "rate_limited", detail, retry_after=math.ceil(wait * 1000) / 1000)
        )
