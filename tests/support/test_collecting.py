"""`tests/support/collecting.py`: which files are read for `-m alone`, and which tests come first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.machine import ROOT

_HOOKS = "from tests.support.collecting import pytest_collection_modifyitems, pytest_ignore_collect\n"
_INI = "[pytest]\npythonpath = {root}\nmarkers =\n    alone\n    first\n"
_TEST = "import pytest\n\n\n{mark}def test_it() -> None:\n    assert True\n"


def collect(folder: Path, files: dict[str, str], *options: str) -> str:
    """What pytest says of a folder with these test files and our hooks."""
    (folder / "conftest.py").write_text(_HOOKS)
    (folder / "pytest.ini").write_text(_INI.format(root=ROOT))
    for name, text in files.items():
        (folder / name).write_text(text)
    line = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *options]
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout


def test_for_those_alone_only_files_that_have_some_are_read(tmp_path: Path) -> None:
    said = collect(
        tmp_path,
        {"test_alone.py": _TEST.format(mark="@pytest.mark.alone\n"), "test_other.py": "raise RuntimeError('read')\n"},
        *("-m", "alone"),
    )
    assert said.splitlines()[0] == "test_alone.py::test_it"
    assert "read" not in said


def test_a_test_that_would_be_in_neither_pass_is_refused(tmp_path: Path) -> None:
    said = collect(
        tmp_path,
        {
            "test_by_another_name.py": "import pytest\n\nfrom pytest import mark\n\npytestmark = mark.alone\n"
            + _TEST.format(mark="")
        },
        *("-m", "not alone"),
    )
    assert "test_by_another_name.py::test_it" in said
    assert "write @pytest.mark.alone" in said


def test_those_marked_first_come_first(tmp_path: Path) -> None:
    files = {"test_a.py": _TEST.format(mark=""), "test_b.py": _TEST.format(mark="@pytest.mark.first\n")}
    assert collect(tmp_path, files).splitlines()[:2] == ["test_b.py::test_it", "test_a.py::test_it"]
