"""What the tests move and what the server runs by are both clocks."""

from __future__ import annotations

from hubbub.domain.clock import Clock
from hubbub.system_clock import SystemClock
from hubbub.testing.clock import ManualClock


def test_a_clock_tells_the_time_and_how_much_of_it_went_by() -> None:
    clocks: list[Clock] = [SystemClock(), ManualClock()]
    for clock in clocks:
        assert clock.now().utcoffset() is not None
        assert clock.monotonic() <= clock.monotonic()
