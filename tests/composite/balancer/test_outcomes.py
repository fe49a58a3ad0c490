"""Counting over a window that moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.balancer.outcomes import SLOTS, Outcomes

WINDOW = 10.0

ended = st.lists(st.tuples(st.floats(0, 4), st.booleans()), max_size=50)


@given(ended, st.floats(0, 30))
def test_what_ended_in_the_window_is_counted_and_nothing_much_older(
    steps: list[tuple[float, bool]], pause: float
) -> None:
    outcomes = Outcomes(WINDOW)
    now = 1_000.0
    times: list[tuple[float, bool]] = []
    for step, success in steps:
        now += step
        outcomes.add(success=success, now=now)
        times.append((now, success))
    now += pause
    surely = [success for at, success in times if now - at <= WINDOW]
    perhaps = [success for at, success in times if now - at <= WINDOW * (1 + 1 / SLOTS) + 1e-6]
    assert len(surely) <= outcomes.total(now) <= len(perhaps)
    assert surely.count(False) <= outcomes.failures(now) <= perhaps.count(False)


def test_nothing_is_left_of_what_is_cleared() -> None:
    outcomes = Outcomes(WINDOW)
    outcomes.add(success=False, now=1.0)
    outcomes.clear()
    assert outcomes.total(1.0) == 0
