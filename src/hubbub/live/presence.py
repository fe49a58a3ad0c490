"""Who is here: somebody with at least one lease that has not run out.

Each connection holds a lease and renews it while it lives.  Several tabs are several leases of one person; a process
that was killed renews nothing, so nobody stays as a ghost.  Times are seconds of a monotonic clock.
"""

from __future__ import annotations

import math
from collections import defaultdict

LEASE_SECONDS = 30.0  # a connection renews every LEASE_SECONDS / 3
LINGER_SECONDS = 3.0  # a page that reloads is back by then, and nobody saw it go


class Presence:
    """Leases by person; every method that may change what others see says what changed."""

    def __init__(self) -> None:
        self._leases: defaultdict[str, dict[str, float]] = defaultdict(dict)  # {user_id: {holder: runs_out}}

    def renew(self, user_id: str, holder: str, now: float) -> bool:
        """Take or renew a lease; whether the person just came online."""
        return self._take(user_id, holder, now + LEASE_SECONDS)

    def hold(self, user_id: str, holder: str) -> bool:
        """Take a lease that does not run out; whether the person just came online."""
        return self._take(user_id, holder, math.inf)

    def drop(self, user_id: str, holder: str) -> bool:
        """End a lease at once; whether the person just went offline."""
        leases = self._leases.get(user_id, {})
        if leases.pop(holder, None) is None or leases:
            return False
        del self._leases[user_id]
        return True

    def release(self, user_id: str, holder: str, now: float) -> None:
        """Let the lease run out soon; `sweep` will say if the person is gone by then."""
        if holder in self._leases.get(user_id, {}):
            self._leases[user_id][holder] = now + LINGER_SECONDS

    def release_all(self, holder: str, now: float) -> None:
        """`release` for everybody who is here by this holder."""
        for user_id in self._leases:
            self.release(user_id, holder, now)

    def sweep(self, now: float) -> list[str]:
        """Drop what has run out; the people who just went offline."""
        gone = []
        for user_id, leases in list(self._leases.items()):
            for holder in [held for held, runs_out in leases.items() if runs_out <= now]:
                del leases[holder]
            if not leases:
                del self._leases[user_id]
                gone.append(user_id)
        return gone

    def online(self) -> list[str]:
        """Everybody who is here, in no order that means anything."""
        return sorted(self._leases)

    def _take(self, user_id: str, holder: str, runs_out: float) -> bool:
        came_online = user_id not in self._leases
        self._leases[user_id][holder] = runs_out
        return came_online
