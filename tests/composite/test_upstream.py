"""python-engineio's own tests of `ASGIApp`, with `CompositeApp` in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.upstream import run_upstream

PLUGIN = Path(__file__).parent / "upstream" / "engineio_asgi.py"
TESTS = 20  # at least; what else is in that file is about requests, sockets and responses

# {mode: {test: why it cannot apply}}
NOT_APPLICABLE: dict[str, dict[str, str]] = {
    "bare": {},
    # Bare, these pass.
    "complete": dict.fromkeys(
        ("test_engineio_routing", "test_other_app_routing", "test_sub_app_routing"),
        "compares `receive` and `send`, in place of which an application gets those of its exchange",
    ),
}


@pytest.mark.seed("4.1")
@pytest.mark.parametrize("mode", NOT_APPLICABLE)
def test_the_librarys_own_tests_pass(mode: str, tmp_path: Path) -> None:
    outcome = run_upstream(
        "python-engineio", "tests/async/test_asgi.py", plugin=PLUGIN, report=tmp_path / "report.xml", mode=mode
    )
    assert outcome.failed == set(NOT_APPLICABLE[mode]), outcome.output
    assert len(outcome.passed) >= TESTS
