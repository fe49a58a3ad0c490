from __future__ import annotations

from datetime import timedelta

import pytest

from hubbub.domain.clock import Clock
from tests.support.clock import START, FakeClock


def test_it_stands_still_until_it_is_moved() -> None:
    clock: Clock = FakeClock()
    assert clock.now() == clock.now() == START


def test_both_times_move_together() -> None:
    clock = FakeClock()
    before = clock.monotonic()
    clock.advance(90)
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.monotonic() == before + 90


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        FakeClock().advance(-1)
