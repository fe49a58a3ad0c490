"""Every row of the patterns is proven by tests that are there, and the page says by which."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeds.page import PAGE, examples, page, proofs
from tests.seeds.rows import ROWS, SECTIONS
from tests.support.machine import ROOT


@pytest.mark.parametrize("row", ROWS)
def test_each_row_is_proven(row: str) -> None:
    assert proofs().get(row), f"no test is marked with pytest.mark.seed({row!r})"
    assert row.partition(".")[0] in SECTIONS


def test_every_test_that_is_named_is_there() -> None:
    assert [
        place for places in proofs().values() for place in places if not (ROOT / place.split("::")[0]).is_file()
    ] == []


def test_nobody_proves_or_shows_what_is_not_asked_for() -> None:
    assert {*proofs(), *examples()} <= set(ROWS)


def test_the_page_is_made_of_what_is_there() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_marks_are_read_from_functions_and_files(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_one.py").write_text(
        'pytestmark = [pytest.mark.alone, pytest.mark.seed("1.1")]\n'
        '@pytest.mark.seed("1.2", "1.3")\nasync def test_this() -> None: ...\n'
    )
    (folder / "test_two.py").write_text('pytestmark = pytest.mark.seed("1.1")\n')
    assert proofs(folder) == {
        "1.1": ["tests/test_one.py", "tests/test_two.py"],
        "1.2": ["tests/test_one.py::test_this"],
        "1.3": ["tests/test_one.py::test_this"],
    }


def test_an_example_says_its_rows(tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "one.py").write_text('"""It shows something (seeds 1.1 and 4.10).\n\nMore.\n"""\n')
    (folder / "two.py").write_text('"""Nothing."""\n')
    assert examples(folder) == {"1.1": ["examples/one.py"], "4.10": ["examples/one.py"]}
