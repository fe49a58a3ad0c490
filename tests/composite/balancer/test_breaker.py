"""The breaker as a table, as a story, and under whatever can happen to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.balancer.breaker import TRANSITIONS, Breaker, BreakerSettings, Event, Permit, State

SETTINGS = BreakerSettings(
    failures=3, share=0.5, window=10.0, open_seconds=1.0, longest_open_seconds=4.0, trials=2, successes=2
)


def attempt(breaker: Breaker, now: float, *, success: bool) -> None:
    permit = breaker.take(now)
    assert permit is not None
    breaker.record(permit, success=success, now=now)


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(SETTINGS)
    for _ in range(SETTINGS.failures):
        attempt(breaker, now, success=False)
    assert breaker.state(now) is State.OPEN
    return breaker


def test_each_state_can_be_left_and_only_as_the_table_says() -> None:
    assert {state for state, _ in TRANSITIONS} == set(State) == set(TRANSITIONS.values())
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_from_closed_over_open_and_half_open_to_closed() -> None:
    breaker = opened()
    assert breaker.take(0.9) is None
    assert breaker.wait(0.25) == pytest.approx(0.75)
    assert breaker.state(1.0) is State.HALF_OPEN
    attempt(breaker, 1.0, success=True)
    assert breaker.state(1.0) is State.HALF_OPEN
    attempt(breaker, 1.0, success=True)
    assert breaker.state(1.0) is State.CLOSED
    assert breaker.opened == 1


def test_half_open_lets_a_few_through_at_once() -> None:
    breaker = opened()
    permits = [breaker.take(1.0) for _ in range(3)]
    assert [permit is not None for permit in permits] == [True, True, False]
    assert permits[0] is not None
    breaker.give_back(permits[0])
    breaker.give_back(permits[0])  # once only
    assert [breaker.take(1.0) is not None for _ in range(2)] == [True, False]


def test_each_relapse_doubles_the_time_up_to_the_longest_and_recovery_resets_it() -> None:
    breaker = opened()
    now, lasted = 0.0, []
    for _ in range(4):
        lasted.append(breaker.wait(now))
        now += breaker.wait(now)
        attempt(breaker, now, success=False)
    assert lasted == [1.0, 2.0, 4.0, 4.0]
    now += breaker.wait(now)
    for _ in range(SETTINGS.successes):
        attempt(breaker, now, success=True)
    for _ in range(SETTINGS.failures):
        attempt(breaker, now, success=False)
    assert breaker.wait(now) == 1.0


def test_successes_before_do_not_protect_one_that_fails_every_time() -> None:
    breaker = Breaker(SETTINGS)
    for _ in range(1_000):
        attempt(breaker, 0.0, success=True)
    for _ in range(SETTINGS.failures):
        attempt(breaker, 0.0, success=False)
    assert breaker.state(0.0) is State.OPEN


@pytest.mark.parametrize(("successes", "state"), [(1, State.OPEN), (3, State.CLOSED)])
def test_between_successes_the_share_decides(successes: int, state: State) -> None:
    breaker = Breaker(SETTINGS)
    for number in range(SETTINGS.failures):
        if number:
            for _ in range(successes):
                attempt(breaker, 0.0, success=True)
        attempt(breaker, 0.0, success=False)
    assert breaker.state(0.0) is state


def test_old_failures_are_forgotten() -> None:
    breaker = Breaker(SETTINGS)
    for now in (0.0, 20.0, 40.0, 60.0):
        attempt(breaker, now, success=False)
        attempt(breaker, now, success=True)
    assert breaker.state(60.0) is State.CLOSED


def test_what_began_in_an_earlier_state_counts_for_nothing() -> None:
    breaker = Breaker(SETTINGS)
    early = [breaker.take(0.0) for _ in range(10)]
    assert None not in early
    for permit in early:
        assert permit is not None
        breaker.record(permit, success=False, now=0.0)
    assert breaker.state(1.0) is State.HALF_OPEN
    breaker.record(early[-1] or Permit(0, False), success=False, now=1.0)
    assert breaker.state(1.0) is State.HALF_OPEN
    assert breaker.opened == 1


def test_what_can_go_nowhere_else_passes_beside_the_trials_and_proves_nothing_but_its_failure() -> None:
    breaker = opened()
    assert breaker.take(0.5, bound=True) is None
    trials = [breaker.take(1.0) for _ in range(SETTINGS.trials)]
    assert None not in trials
    bound = [breaker.take(1.0, bound=True) for _ in range(5)]
    for permit in bound:
        assert permit is not None
        breaker.record(permit, success=True, now=1.0)
    assert breaker.state(1.0) is State.HALF_OPEN
    assert bound[0] is not None
    breaker.record(bound[0], success=False, now=1.0)
    assert breaker.state(1.0) is State.OPEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"failures": 0},
        {"trials": 0},
        {"successes": 0},
        {"share": 1.5},
        {"window": 0.0},
        {"open_seconds": 0.0},
        {"open_seconds": 61.0},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_mistakes(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="breaker"):
        BreakerSettings(**wrong)  # type: ignore[arg-type]  # the names are drawn above


steps = st.lists(
    st.tuples(st.floats(0, 3), st.sampled_from(["take", "bound", "success", "failure", "give back"])), max_size=80
)


@given(steps)
def test_whatever_happens(steps: list[tuple[float, str]]) -> None:
    """Moves follow the table; never more trials than allowed; open lets nothing through and never for too long."""
    breaker = Breaker(SETTINGS)
    now, before = 0.0, State.CLOSED
    under_way: list[tuple[Permit, bool]] = []  # a permit, and whether it is a trial of this half-open time
    for pause, action in steps:
        now += pause
        cooled = breaker.state(now)
        assert cooled is before or (before, cooled) == (State.OPEN, State.HALF_OPEN)
        if action in {"take", "bound"}:
            permit = breaker.take(now, bound=action == "bound")
            if cooled is State.OPEN:
                assert permit is None
            elif permit is not None:
                under_way.append((permit, permit.is_trial))
            else:
                assert sum(is_trial for _, is_trial in under_way) == SETTINGS.trials
            assert sum(is_trial for _, is_trial in under_way) <= SETTINGS.trials
        elif under_way:
            permit, _ = under_way.pop(0)
            if action == "give back":
                breaker.give_back(permit)
            else:
                breaker.record(permit, success=action == "success", now=now)
        after = breaker.state(now)
        assert after is cooled or (cooled, after) in {(state, to) for (state, _), to in TRANSITIONS.items()}
        if after is not State.HALF_OPEN or cooled is not State.HALF_OPEN:
            under_way = [(permit, False) for permit, _ in under_way] if after is not cooled else under_way
        assert 0 <= breaker.wait(now) <= SETTINGS.longest_open_seconds
        before = after
