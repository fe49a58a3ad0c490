"""Times sort as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hubbub.domain.clock import timestamp


def test_timestamps_have_milliseconds_and_sort() -> None:
    moment = datetime(2026, 11, 21, 12, 0, 0, 7_999, tzinfo=UTC)
    assert timestamp(moment) == "2026-11-21T12:00:00.007Z"
    assert timestamp(moment) < timestamp(moment + timedelta(milliseconds=1)) < timestamp(moment + timedelta(hours=1))
