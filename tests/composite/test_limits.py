"""The bounds of the end, added up."""

from __future__ import annotations

from hubbub.composite.limits import (
    CANCEL_SECONDS,
    CLOSE_SECONDS,
    CUT_SECONDS,
    FAREWELL_SECONDS,
    GRACE_SECONDS,
    HOOK_SECONDS,
    PROCESS_END_SECONDS,
    RESCUE_SECONDS,
)
from hubbub.composite.serving import ServeConfig

PROMISED_SECONDS = 8.0


def test_a_drain_is_over_before_it_is_taken_for_stuck() -> None:
    before_grace_matters = FAREWELL_SECONDS + CLOSE_SECONDS + CLOSE_SECONDS
    assert before_grace_matters < GRACE_SECONDS
    assert GRACE_SECONDS + CANCEL_SECONDS + CUT_SECONDS < RESCUE_SECONDS


def test_a_stop_by_force_has_time_for_a_hook_and_the_promise_is_kept() -> None:
    assert RESCUE_SECONDS + HOOK_SECONDS <= PROCESS_END_SECONDS < PROMISED_SECONDS


def test_hypercorn_does_not_give_the_stop_up_first() -> None:
    assert ServeConfig().shutdown_timeout > PROCESS_END_SECONDS
