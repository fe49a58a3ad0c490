"""One target while it runs: its breaker, its health, its counts and the attempts that wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from hubbub.composite.balancer.breaker import Breaker, BreakerSettings, Permit, State
from hubbub.composite.balancer.counters import TargetCounters, TargetStatus
from hubbub.composite.balancer.health import Health, Probe
from hubbub.composite.balancer.targets import Upstream

logger = logging.getLogger(__name__)


class Waiting(Protocol):
    """An attempt under way."""

    def give_up(self) -> None:
        """Its target is out of order: go elsewhere, if that is allowed."""


class Member:
    """What a policy chooses from, and what an attempt is made with."""

    def __init__(
        self,
        name: str,
        weight: int,
        upstream: Upstream,
        *,
        most: int,
        breaker: BreakerSettings,
        probe: Probe | None,
        monotonic: Callable[[], float],
    ) -> None:
        """`most` exchanges at once."""
        self.name = name
        self.weight = weight
        self.upstream = upstream
        self.counters = TargetCounters()
        self._health = Health(probe.fall, probe.rise) if probe else Health(1, 1)
        self._most = most
        self._breaker = Breaker(breaker)
        self._monotonic = monotonic
        self._waiting: set[Waiting] = set()

    @property
    def in_flight(self) -> int:
        """Exchanges under way."""
        return self.counters.in_flight

    @property
    def status(self) -> TargetStatus:
        """How it is now."""
        counters = self.counters
        return TargetStatus(
            name=self.name,
            breaker=self._breaker.state(self._monotonic()).value,
            is_up=self._health.is_up,
            opened=self._breaker.opened,
            in_flight=counters.in_flight,
            served=counters.served,
            failed=counters.failed,
            retried=counters.retried,
            probes_failed=counters.probes_failed,
        )

    @property
    def has_room(self) -> bool:
        """Whether one more exchange would not be too many."""
        return self.counters.in_flight < self._most

    def is_open_to(self, *, bound: bool) -> bool:
        """Whether it is up and its breaker lets one through; `bound` for one that can go nowhere else."""
        return self._health.is_up and self._breaker.lets_through(self._monotonic(), bound=bound)

    def now(self) -> float:
        """The clock of the balancer."""
        return self._monotonic()

    def wait(self) -> float:
        """Seconds after which it may be available, as far as that is known."""
        return self._breaker.wait(self._monotonic())

    def enter(self, attempt: Waiting, *, bound: bool) -> Permit | None:
        """Count an attempt in, and take its permit."""
        self.counters.in_flight += 1
        self._waiting.add(attempt)
        return self._breaker.take(self._monotonic(), bound=bound)

    def leave(self, attempt: Waiting, permit: Permit | None) -> None:
        """Count it out; without an outcome, if it had none so far."""
        self.counters.in_flight -= 1
        self._waiting.discard(attempt)
        if permit is not None:
            self._breaker.give_back(permit)

    def record(self, permit: Permit | None, *, success: bool) -> None:
        """How an attempt came out."""
        if permit is None:
            return
        before = self._breaker.state(self._monotonic())
        self._breaker.record(permit, success=success, now=self._monotonic())
        after = self._breaker.state(self._monotonic())
        if after is not before:
            level = logging.INFO if after is State.CLOSED else logging.WARNING
            logger.log(level, "target %s: its breaker is %s, and was %s", self.name, after.value, before.value)

    def probed(self, *, success: bool) -> None:
        """A probe came back. Attempts that still wait for one that is now out need not wait longer."""
        self.counters.probes_failed += not success
        if not self._health.record(success=success):
            return
        if success:
            logger.info("target %s answers its probes again", self.name)
            return
        logger.warning("target %s is out: its probes failed", self.name)
        for attempt in list(self._waiting):
            attempt.give_up()
