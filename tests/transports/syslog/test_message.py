"""What a priority means."""

from __future__ import annotations

import pytest

from hubbub.transports.syslog.message import FACILITIES, PRIORITY_MAX, SEVERITIES, SyslogMessage


@pytest.mark.parametrize(
    ("priority", "facility", "severity"),
    [
        (0, "kern", "emerg"),
        (13, "user", "notice"),
        (34, "auth", "crit"),
        (165, "local4", "notice"),
        (191, "local7", "debug"),
    ],
)
def test_a_priority_is_eight_times_the_facility_and_the_severity(priority: int, facility: str, severity: str) -> None:
    message = SyslogMessage(priority, "text")
    assert (message.facility, message.severity) == (facility, severity)


def test_there_are_as_many_as_the_rfc_has() -> None:
    assert (len(FACILITIES), len(SEVERITIES), PRIORITY_MAX) == (24, 8, 191)
