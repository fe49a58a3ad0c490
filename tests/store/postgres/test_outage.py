"""When to try again."""

from __future__ import annotations

from hubbub.store.postgres.limits import FIRST_DELAY, LONGEST_DELAY
from hubbub.store.postgres.outage import Outage
from hubbub.testing.clock import ManualClock


def test_the_time_to_the_next_try_doubles_up_to_a_bound() -> None:
    clock = ManualClock()
    outage = Outage(clock.monotonic, lambda: 1.0)
    assert outage.remaining == 0
    waits = []
    for _ in range(8):
        outage.failed()
        waits.append(round(outage.remaining, 6))
    assert waits[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert waits[-1] == LONGEST_DELAY


def test_it_passes_and_a_success_forgets_it() -> None:
    clock = ManualClock()
    outage = Outage(clock.monotonic, lambda: 1.0)
    for _ in range(3):
        outage.failed()
    clock.advance(outage.remaining)
    assert outage.remaining == 0
    outage.failed()
    outage.over()
    assert outage.remaining == 0
    outage.failed()
    assert round(outage.remaining, 6) == FIRST_DELAY


def test_half_of_it_is_left_to_chance() -> None:
    clock = ManualClock()
    outage = Outage(clock.monotonic, lambda: 0.0)
    outage.failed()
    assert round(outage.remaining, 6) == FIRST_DELAY / 2
