"""`docs/hardening.md` names the test that holds each promise, and there is no promise without one."""

from __future__ import annotations

import re

import pytest

from tests.support.machine import ROOT

PAGE = (ROOT / "docs" / "hardening.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| the stack")]
OF_THE_MESH = "the mesh of workers"


@pytest.mark.parametrize("row", ROWS)
def test_a_promise_is_held_by_tests_that_are_there(row: str) -> None:
    held_by = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
    assert held_by or OF_THE_MESH in row
    for path, name in held_by:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), f"{path}::{name}"
