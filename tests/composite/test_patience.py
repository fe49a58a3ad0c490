"""The bucket, by a clock that the test moves."""

from __future__ import annotations

from hubbub.composite.patience import BURST, PER_SECOND, Patience


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_borne_and_one_more_is_not() -> None:
    patience = Patience(Clock())
    assert not any(patience.wears_out(1.0) for _ in range(int(BURST)))
    assert patience.wears_out(1.0)


def test_it_comes_back_with_time() -> None:
    clock = Clock()
    patience = Patience(clock)
    assert not patience.wears_out(BURST)
    clock.now += 2.0
    assert not patience.wears_out(2.0 * PER_SECOND)
    assert patience.wears_out(1.0)


def test_it_does_not_grow_while_nothing_happens() -> None:
    clock = Clock()
    patience = Patience(clock)
    clock.now += 1_000_000.0
    assert patience.wears_out(BURST + 1.0)
