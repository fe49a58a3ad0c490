"""A circuit breaker: who fails is left alone for a while, then tried with a few. Pure: time comes in.

Nygard, "Release It!": closed lets everything through and counts, open lets nothing through, half open lets through so
much as shows whether it is well again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hubbub.composite.balancer.outcomes import Outcomes


class State(Enum):
    """What a breaker does with what wants to pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class Event(Enum):
    """What moves a breaker."""

    TRIPPED = "tripped"  # too many failures in the window
    COOLED = "cooled"  # open for long enough
    RELAPSED = "relapsed"  # failed in its trial
    RECOVERED = "recovered"  # enough trials went well


# A pair that is not here does not come about.
TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.CLOSED, Event.TRIPPED): State.OPEN,
    (State.OPEN, Event.COOLED): State.HALF_OPEN,
    (State.HALF_OPEN, Event.RELAPSED): State.OPEN,
    (State.HALF_OPEN, Event.RECOVERED): State.CLOSED,
}


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When it opens, for how many seconds, and when it closes again.

    Raises:
        ValueError: a number with which it would never open, never close, or never be open.
    """

    failures: int = 5  # in a row, or in the window; one or two are a bad day of one request
    share: float = 0.5  # of what ended in the window: one bad address does not shut out a target that is well
    window: float = 10.0
    open_seconds: float = 1.0  # a process that is restarted is back by then
    longest_open_seconds: float = 60.0  # doubled with each relapse up to here
    trials: int = 1  # at once while half open
    successes: int = 2  # one after the other, to close

    def __post_init__(self) -> None:
        if min(self.failures, self.trials, self.successes) < 1:
            raise ValueError("failures, trials and successes of a breaker must be 1 or more")
        if not 0 <= self.share <= 1:
            raise ValueError("the share of a breaker is between 0 and 1")
        if self.window <= 0 or not 0 < self.open_seconds <= self.longest_open_seconds:
            raise ValueError("the window of a breaker is positive, and so is open_seconds, not above the longest")


@dataclass(eq=False, slots=True)
class Permit:
    """Leave for one attempt; `period` is the stay in a state in which it was given."""

    period: int
    is_trial: bool
    is_settled: bool = False


class Breaker:
    """One target's breaker. Every permit that was taken is recorded or given back."""

    def __init__(self, settings: BreakerSettings | None = None) -> None:
        self._settings = settings or BreakerSettings()
        self._outcomes = Outcomes(self._settings.window)
        self._state = State.CLOSED
        self._period = 0
        self._opened_at = 0.0
        self._open_seconds = self._settings.open_seconds
        self._trials = 0  # under way
        self._successes = 0  # of trials, since it is half open
        self._row = 0  # failures since the last success
        self.opened = 0  # times, since the start

    def state(self, now: float) -> State:
        """The state, once the time that it is open is over as well."""
        if self._state is State.OPEN and now >= self._opened_at + self._open_seconds:
            self._move(Event.COOLED, now)
        return self._state

    def lets_through(self, now: float, *, bound: bool = False) -> bool:
        """Whether `take` would give a permit."""
        match self.state(now):
            case State.CLOSED:
                return True
            case State.OPEN:
                return False
            case State.HALF_OPEN:
                return bound or self._trials < self._settings.trials

    def take(self, now: float, *, bound: bool = False) -> Permit | None:
        """Leave for one attempt, if there is.

        `bound` is for what can go nowhere else. It passes a half-open breaker beside the trials, since a long poll
        would hold the place of one for as long as it waits; that it goes well proves nothing.
        """
        if not self.lets_through(now, bound=bound):
            return None
        is_trial = self._state is State.HALF_OPEN and not bound
        self._trials += is_trial
        return Permit(self._period, is_trial)

    def record(self, permit: Permit, *, success: bool, now: float) -> None:
        """How an attempt came out.

        A second call is for what broke after it had begun well. What was begun in an earlier state is not counted.
        """
        self.give_back(permit)
        if permit.period != self._period:
            return
        if self._state is State.CLOSED:
            self._row = 0 if success else self._row + 1
            self._outcomes.add(success=success, now=now)
            if self._is_too_much(now):
                self._move(Event.TRIPPED, now)
        elif not success:
            self._move(Event.RELAPSED, now)
        elif permit.is_trial:
            self._successes += 1
            if self._successes >= self._settings.successes:
                self._move(Event.RECOVERED, now)

    def give_back(self, permit: Permit) -> None:
        """Nobody knows how it would have come out: the client has left."""
        if not permit.is_settled and permit.is_trial and permit.period == self._period:
            self._trials -= 1
        permit.is_settled = True

    def wait(self, now: float) -> float:
        """Seconds until it lets something through, as far as that is known; 0 if it does now."""
        if self.state(now) is State.OPEN:
            return self._opened_at + self._open_seconds - now
        return 0.0

    def _is_too_much(self, now: float) -> bool:
        if self._row >= self._settings.failures:  # a target that is killed need not make up for its successes first
            return True
        failures = self._outcomes.failures(now)
        return failures >= self._settings.failures and failures >= self._settings.share * self._outcomes.total(now)

    def _move(self, event: Event, now: float) -> None:
        self._state = TRANSITIONS[self._state, event]
        self._period += 1
        self._trials = self._successes = self._row = 0
        self._outcomes.clear()
        if event is Event.RECOVERED:
            self._open_seconds = self._settings.open_seconds
        elif event is Event.RELAPSED:
            self._open_seconds = min(2 * self._open_seconds, self._settings.longest_open_seconds)
        if self._state is State.OPEN:
            self._opened_at = now
            self.opened += 1
