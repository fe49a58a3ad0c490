"""What may be sent once more, and how often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.balancer.retries import EARNED, PER_SECOND, RESERVE, RetryBudget, may_repeat


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("GET", True),
        ("HEAD", True),
        ("PUT", True),
        ("DELETE", True),
        ("OPTIONS", True),
        ("POST", False),
        ("PATCH", False),
        ("get", False),
        ("BREW", False),
    ],
)
def test_what_was_delivered_is_repeated_only_if_that_changes_nothing(method: str, expected: bool) -> None:
    assert may_repeat(method, delivered=True, answered=False, replayable=True) is expected
    assert may_repeat(method, delivered=False, answered=False, replayable=True)


@pytest.mark.parametrize("delivered", [True, False])
def test_nothing_is_repeated_whose_answer_has_begun_or_whose_body_is_gone(delivered: bool) -> None:
    assert not may_repeat("GET", delivered=delivered, answered=True, replayable=True)
    assert not may_repeat("GET", delivered=delivered, answered=False, replayable=False)


def test_a_reserve_for_the_moment_of_an_outage_then_a_share() -> None:
    budget = RetryBudget()
    assert sum(budget.take(0.0) for _ in range(1_000)) == RESERVE
    assert not budget.take(0.0)
    for _ in range(40):
        budget.earn(0.0)
    assert sum(budget.take(0.0) for _ in range(1_000)) == 40 * EARNED


@given(st.lists(st.tuples(st.floats(0, 2), st.booleans()), max_size=300))
def test_never_more_than_the_reserve_the_share_and_the_rate(steps: list[tuple[float, bool]]) -> None:
    budget = RetryBudget()
    now, requests, taken = 0.0, 0, 0
    for pause, is_request in steps:
        now += pause
        if is_request:
            requests += 1
            budget.earn(now)
        else:
            taken += budget.take(now)
        assert taken <= RESERVE + requests * EARNED + now * PER_SECOND + 1e-6
