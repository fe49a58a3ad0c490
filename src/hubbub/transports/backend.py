"""What every transport is handed: the use cases' context, the hub, and the one rate limiter."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from hubbub.composite.rates import Rate, RateLimiter
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.live.hub import Hub
from hubbub.service.chat import Chat


@dataclass(frozen=True)
class Backend:
    """There from start to stop of the server."""

    chat: Chat
    hub: Hub
    limiter: RateLimiter

    def limit(self, rate: Rate, key: str) -> None:
        """Count one use of `rate` by `key`.

        Raises:
            HubbubError: `rate_limited`, with the seconds after which there is one to use again.
        """
        wait = self.limiter.take(rate, key)
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
# By address: a class of thirty signs up at once; guessing passwords at this pace leads nowhere.
SIGN_INS = Rate("sign-ins", burst=60, per_second=1)
GUESTS = Rate("requests without a session", burst=200, per_second=20)
