"""What a balancer counts of each target, as plain numbers for whoever publishes them; knows no metrics library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TargetCounters:
    """Sums since the start, except `in_flight`, which is now."""

    in_flight: int = 0  # exchanges under way, WebSockets included
    served: int = 0  # exchanges that it answered to the end
    failed: int = 0  # exchanges that it did not, or by 502, 503 or 504
    retried: int = 0  # of those that failed: sent to another target, or once more over a fresh connection
    probes_failed: int = 0


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """One target as it is now."""

    name: str
    breaker: str  # "closed", "open" or "half open"
    is_up: bool  # as far as its probes say
    opened: int  # how often its breaker has opened
    in_flight: int
    served: int
    failed: int
    retried: int
    probes_failed: int
