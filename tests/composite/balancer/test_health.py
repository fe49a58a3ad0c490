"""Up and out, by probes in a row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.balancer.health import Health, Probe


def test_it_takes_so_many_in_a_row() -> None:
    health = Health(fall=2, rise=3)
    assert health.is_up
    probes = [False, True, False, False, True, True, False, True, True, True]
    ups = []
    for success in probes:
        health.record(success=success)
        ups.append(health.is_up)
    assert ups == [True, True, True, False, False, False, False, False, False, True]


@given(st.integers(1, 4), st.integers(1, 4), st.lists(st.booleans(), max_size=60))
def test_a_change_is_said_once_and_has_its_reason(fall: int, rise: int, probes: list[bool]) -> None:
    health = Health(fall, rise)
    for index, success in enumerate(probes):
        before = health.is_up
        changed = health.record(success=success)
        assert changed == (health.is_up != before)
        if changed:
            needed = fall if before else rise
            assert probes[: index + 1][-needed:] == [success] * needed


@pytest.mark.parametrize(
    "wrong", [{"path": "healthz"}, {"every": 0}, {"timeout": -1}, {"fall": 0}, {"rise": 0}], ids=str
)
def test_a_probe_that_cannot_work_is_a_mistake(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="probe"):
        Probe(**wrong)  # type: ignore[arg-type]  # the names are drawn above
