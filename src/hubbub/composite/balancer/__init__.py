"""A load balancer as an ASGI application, for tests, canaries and small set-ups: docs/balancer.md.

It knows nothing of what is served. Policies, ties, the breaker, budgets and health are pure, with time as an argument;
`targets` and what it imports speak HTTP and WebSocket; `attempt` and `balancer` join the two.
"""

from hubbub.composite.balancer.affinity import Cookie, EngineSid, Header, OwnCookie
from hubbub.composite.balancer.balancer import Balancer
from hubbub.composite.balancer.breaker import BreakerSettings
from hubbub.composite.balancer.counters import TargetStatus
from hubbub.composite.balancer.health import Probe
from hubbub.composite.balancer.limits import Limits, Timeouts
from hubbub.composite.balancer.policies import LeastBusy, RoundRobin
from hubbub.composite.balancer.targets import Local, Tcp, Unix

__all__ = [
    "Balancer",
    "BreakerSettings",
    "Cookie",
    "EngineSid",
    "Header",
    "LeastBusy",
    "Limits",
    "Local",
    "OwnCookie",
    "Probe",
    "RoundRobin",
    "TargetStatus",
    "Tcp",
    "Timeouts",
    "Unix",
]
