"""Times in the database."""

from __future__ import annotations

from datetime import UTC, datetime

from hubbub.domain.clock import timestamp
from hubbub.store.times import moment, moment_or_none


def test_a_time_comes_back_to_the_millisecond_and_in_utc() -> None:
    written = datetime(2025, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
    assert moment(timestamp(written)) == written.replace(microsecond=123_000)
    assert moment(timestamp(written)).tzinfo == UTC


def test_no_time_stays_none() -> None:
    assert moment_or_none(None) is None
    assert moment_or_none("2025-03-01T12:00:00.000Z") == datetime(2025, 3, 1, 12, tzinfo=UTC)
