"""The table of who belongs where."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.balancer.bindings import Bindings


def test_a_binding_lasts_while_it_is_used() -> None:
    bindings = Bindings(idle_seconds=10.0)
    bindings.bind("k", "a", 0.0)
    assert bindings.find("k", 9.0) == "a"
    assert bindings.find("k", 18.0) == "a"
    assert bindings.find("k", 28.0) is None
    assert len(bindings) == 0


def test_a_binding_can_move_and_end() -> None:
    bindings = Bindings(idle_seconds=10.0)
    bindings.bind("k", "a", 0.0)
    bindings.bind("k", "b", 0.0)
    assert bindings.find("k", 0.0) == "b"
    bindings.forget("k")
    bindings.forget("k")
    assert bindings.find("k", 0.0) is None


def test_the_least_recently_used_makes_room() -> None:
    bindings = Bindings(idle_seconds=10.0, most=2)
    bindings.bind("old", "a", 0.0)
    bindings.bind("new", "a", 1.0)
    assert bindings.find("old", 2.0) == "a"
    bindings.bind("newest", "a", 3.0)
    assert [bindings.find(key, 3.0) for key in ("old", "new", "newest")] == ["a", None, "a"]


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from("abcdef"), st.sampled_from("xyz")), max_size=100))
def test_never_more_than_there_is_room_for_and_never_a_stranger(steps: list[tuple[float, str, str]]) -> None:
    bindings = Bindings(idle_seconds=10.0, most=3)
    now, truth = 0.0, dict[str, str]()
    for pause, key, target in steps:
        now += pause
        assert bindings.find(key, now) in {None, truth.get(key)}
        bindings.bind(key, target, now)
        truth[key] = target
        assert bindings.find(key, now) == target
        assert len(bindings) <= 3
