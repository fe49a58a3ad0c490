"""Bounds on what is open at once: requests and websockets, overall and by address; knows no rates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hubbub.composite.addresses import address_key, peer_text
from hubbub.composite.problem import Problem
from hubbub.composite.refusals import refuse
from hubbub.composite.scopes import DOOR_SCOPES
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

RETRY_SECONDS = 5.0  # long enough for some to leave, short enough for a person to wait


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """How many may be open at once; `None` for no bound by address.

    The bounds by address leave room for a school behind one address; event streams and long polls count as requests.
    """

    requests: int = 4_000
    websockets: int = 10_000
    requests_per_address: int | None = 512
    websockets_per_address: int | None = 512


class ConnectionsMiddleware:
    """Count what is open and refuse what is too many: 503 overall, 429 by address.

    Comes after `ProxiesMiddleware`, so that the address is the client's. Memory: one counter for each address
    that has something open, so no more of them than the overall bounds.
    """

    def __init__(self, app: ASGIApp, *, bounds: ConnectionBounds | None = None) -> None:
        self._app = app
        bounds = bounds or ConnectionBounds()
        self._gates = {
            "http": Gate("requests", bounds.requests, bounds.requests_per_address),
            "websocket": Gate("websockets", bounds.websockets, bounds.websockets_per_address),
        }

    @property
    def open_requests(self) -> int:
        """How many requests are being answered."""
        return self._gates["http"].total

    @property
    def open_websockets(self) -> int:
        """How many websockets are open."""
        return self._gates["websocket"].total

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in DOOR_SCOPES:
            await self._app(scope, receive, send)
            return
        gate, key = self._gates[scope["type"]], address_key(peer_text(scope))
        problem = gate.enter(key)
        if problem is not None:
            await refuse(scope, receive, send, problem)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            gate.leave(key)


class Gate:
    """What is open of one kind; whoever enters without a problem must leave."""

    def __init__(self, noun: str, bound: int, bound_by_address: int | None) -> None:
        self._noun = noun
        self._bound = bound
        self._bound_by_address = bound_by_address
        self._open: Counter[str] = Counter()  # {address key: how many, never 0}
        self.total = 0

    def enter(self, key: str) -> Problem | None:
        """Count one in, or say why not."""
        if self.total >= self._bound:
            detail = f"The server has as many {self._noun} open as it can hold. Try again later."
            return Problem(503, "server_busy", detail, retry_after=RETRY_SECONDS)
        if self._bound_by_address is not None and self._open[key] >= self._bound_by_address:
            detail = f"Your address has {self._bound_by_address} {self._noun} open. Close some, or wait."
            return Problem(429, "rate_limited", detail, retry_after=RETRY_SECONDS)
        self._open[key] += 1
        self.total += 1
        return None

    def leave(self, key: str) -> None:
        """Count one out."""
        self.total -= 1
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    @property
    def addresses(self) -> int:
        """How many addresses have something open."""
        return len(self._open)
