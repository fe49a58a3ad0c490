"""Who is next, and that nobody is left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.balancer.policies import LeastBusy, RoundRobin


@dataclass
class Target:
    name: str
    weight: int = 1
    in_flight: int = 0


weights = st.lists(st.integers(1, 9), min_size=1, max_size=6)


@given(weights, st.integers(1, 3))
def test_round_robin_gives_each_its_weight_in_every_round(weights: list[int], rounds: int) -> None:
    targets = [Target(str(number), weight) for number, weight in enumerate(weights)]
    policy = RoundRobin()
    for _ in range(rounds):
        chosen = Counter(policy.choose(targets).name for _ in range(sum(weights)))
        assert chosen == {target.name: target.weight for target in targets}


def test_round_robin_spreads_the_heavy_one() -> None:
    targets = [Target("a", 4), Target("b"), Target("c")]
    policy = RoundRobin()
    assert "".join(policy.choose(targets).name for _ in range(6)) == "aabaca"


def test_who_comes_back_does_not_make_up_for_what_it_missed() -> None:
    a, b = Target("a"), Target("b")
    policy = RoundRobin()
    for _ in range(100):
        policy.choose([a])
    assert Counter(policy.choose([a, b]).name for _ in range(10)) == {"a": 5, "b": 5}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6))
def test_least_busy_takes_one_of_the_least_busy(loads: list[int]) -> None:
    targets = [Target(str(number), in_flight=load) for number, load in enumerate(loads)]
    assert LeastBusy().choose(targets).in_flight == min(loads)


@given(st.integers(1, 6), st.integers(1, 5))
def test_least_busy_is_fair_between_equals(count: int, rounds: int) -> None:
    targets = [Target(str(number)) for number in range(count)]
    policy = LeastBusy()
    chosen = [policy.choose(targets).name for _ in range(count * rounds)]
    assert chosen == [target.name for target in targets] * rounds


def test_least_busy_fills_by_weight() -> None:
    targets = [Target("a", 3), Target("b", 1)]
    policy = LeastBusy()
    for _ in range(40):
        policy.choose(targets).in_flight += 1
    assert [target.in_flight for target in targets] == [30, 10]
