"""What every transport is handed: the use cases' context, the hub, and the one rate limiter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hubbub.composite.rates import Rate, RateLimiter, SharedLimiter
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.live.hub import Hub
from hubbub.service.chat import Chat
from hubbub.transports.errors import refusal

# Tabs, phones and bots of one person; more are a client that forgets to close.
USER_CONNECTIONS = 50
CONNECTION_RETRY_SECONDS = 5.0  # those that vanished are found out a little later; one that is closed counts at once


@dataclass(frozen=True)
class Backend:
    """There from start to stop of the server."""

    chat: Chat
    hub: Hub
    limiter: RateLimiter
    user_connections: int | None = field(default=USER_CONNECTIONS, kw_only=True)  # None for no bound
    shared_limiter: SharedLimiter | None = field(default=None, kw_only=True)  # None where there is one host
    refusals: Counter[ErrorCode] = field(default_factory=Counter, kw_only=True)  # of sockets; HTTP has its statuses

    def refusal(self, error: HubbubError) -> dict[str, Any]:
        """The answer to a command of a socket that was not done."""
        self.refusals[error.code] += 1
        return refusal(error)

    def limit(self, rate: Rate, key: str) -> None:
        """Count one use of `rate` by `key` in this process.

        Raises:
            HubbubError: `rate_limited`, with the seconds after which there is one to use again.
        """
        _refuse_until(rate, self.limiter.take(rate, key))

    async def limit_everywhere(self, rate: Rate, key: str) -> None:
        """`limit`, and over all hosts where the rate is one that holds `everywhere`.

        Raises:
            HubbubError: as of `limit`.
        """
        self.limit(rate, key)
        if rate.everywhere and self.shared_limiter is not None:
            _refuse_until(rate, await self.shared_limiter.take(rate, key))

    def admit_connection(self, user_id: str) -> None:
        """Check that somebody may have one more connection; `hub.subscribe`, called next, counts it.

        Raises:
            HubbubError: `rate_limited` when they have as many as one may.
        """
        bound = self.user_connections
        if bound is not None and len(self.hub.audience.of(user_id)) >= bound:
            raise HubbubError(
                ErrorCode.RATE_LIMITED,
                f"You have {bound} connections open. Close some, and try again.",
                retry_after=CONNECTION_RETRY_SECONDS,
            )


def _refuse_until(rate: Rate, wait: float | None) -> None:
    if wait is not None:
        raise HubbubError(
            ErrorCode.RATE_LIMITED,
            f"Too many {rate.name} in a short time. Try again in {wait:.1f} s.",
            retry_after=math.ceil(wait * 1000) / 1000,  # never a bit too early
        )


BackendSource = Callable[[], Backend]

# By user: far above what people and sensible bots do, far below what would be felt by others.
REQUESTS = Rate("requests", burst=600, per_second=100)
COMMANDS = Rate("commands", burst=600, per_second=100)
POSTS = Rate("messages", burst=400, per_second=50)
# By address: a class of thirty signs up at once; guessing passwords at this pace leads nowhere, and several
# hosts are not to make it quicker. To hash a password takes many times as long as to ask Redis.
SIGN_INS = Rate("sign-ins", burst=120, per_second=1, everywhere=True)
GUESTS = Rate("requests without a session", burst=200, per_second=20)
