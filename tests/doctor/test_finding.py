from __future__ import annotations

from hubbub.doctor.finding import Level, failure, ok, warning


def test_a_finding_is_a_line_that_begins_with_how_bad_it_is() -> None:
    found = [make("TLS", "so it is") for make in (ok, warning, failure)]
    assert [str(finding) for finding in found] == [
        "ok      TLS: so it is",
        "warning TLS: so it is",
        "failure TLS: so it is",
    ]
    assert [finding.level for finding in found] == list(Level)
