"""`examples/README.md` lists every example, with the command that starts it; each has its test."""

from __future__ import annotations

import re

import pytest

from tests.support.examples import EXAMPLES, command_of
from tests.support.machine import ROOT

_ROW = re.compile(r"^\| [^|]+ \| \[(\w+)\.py\]\(\1\.py\) \| `([^`]+)` \| [\d., ]+ \|$", re.MULTILINE)
LINES = 78  # read in a minute, with its docstring

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


def test_the_index_has_every_example_with_its_command() -> None:
    rows = dict(_ROW.findall((EXAMPLES / "README.md").read_text()))
    assert rows == {name: command_of(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_has_its_test_and_is_short(name: str) -> None:
    assert (ROOT / "tests" / "examples" / f"test_{name}.py").is_file()
    assert len((EXAMPLES / f"{name}.py").read_text().splitlines()) <= LINES
