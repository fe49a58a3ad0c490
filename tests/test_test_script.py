"""`scripts/test`: what its two passes are given, and what becomes of their statuses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.machine import ROOT

# In place of pytest: writes down its arguments and ends with the status that is set for its pass.
_PYTHON = """#!/bin/bash
echo "$*" >>"$CALLS"
[[ "$*" == *"not alone"* ]] && exit "$SIDE_BY_SIDE" || exit "$ALONE"
"""


class Script:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        python = folder / "bin" / "python"
        python.parent.mkdir()
        python.write_text(_PYTHON)
        python.chmod(0o755)
        self._calls = folder / "calls"

    def run(self, *arguments: str, side_by_side: int = 0, alone: int = 0) -> int:
        statuses = {"SIDE_BY_SIDE": str(side_by_side), "ALONE": str(alone)}
        path = os.pathsep.join((str(self._folder / "bin"), os.environ["PATH"]))
        environment = os.environ | {"VENV": str(self._folder), "CALLS": str(self._calls), "PATH": path} | statuses
        return subprocess.run([ROOT / "scripts" / "test", *arguments], env=environment, check=False).returncode

    def on_cores(self, count: int) -> None:
        """Have it find so many cores."""
        nproc = self._folder / "bin" / "nproc"
        nproc.write_text(f"#!/bin/sh\necho {count}\n")
        nproc.chmod(0o755)

    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def test_both_passes_are_given_what_was_asked_for(script: Script) -> None:
    script.on_cores(2)
    assert script.run("-k", "cursor or log") == 0
    side_by_side, alone = script.calls()
    assert side_by_side.startswith("-m pytest -m not alone")
    assert "--numprocesses" in side_by_side
    assert "--numprocesses" not in alone
    assert all(call.endswith("-k cursor or log") for call in (side_by_side, alone))


@pytest.mark.parametrize(("cores", "workers"), [(1, ""), (2, "--numprocesses 3"), (3, "--numprocesses 4")])
def test_there_are_more_workers_than_cores_as_some_wait(script: Script, cores: int, workers: str) -> None:
    script.on_cores(cores)
    assert script.run() == 0
    assert script.calls()[0] == " ".join(
        ("-m pytest -m not alone", *([f"{workers} --dist worksteal"] if workers else ()))
    )


def test_many_cores_do_not_have_as_many_workers(script: Script) -> None:
    script.on_cores(64)
    assert script.run() == 0
    assert "--numprocesses 4 " in script.calls()[0]


# 0 passed, 1 failed, 5 none collected
@pytest.mark.parametrize(
    ("side_by_side", "alone", "status"),
    [(0, 0, 0), (0, 5, 0), (5, 0, 0), (5, 5, 5), (1, 0, 1), (0, 1, 1), (1, 5, 1), (5, 1, 1), (1, 1, 1)],
)
def test_it_fails_when_either_fails_or_nothing_was_found(
    script: Script, side_by_side: int, alone: int, status: int
) -> None:
    assert script.run(side_by_side=side_by_side, alone=alone) == status
    assert len(script.calls()) == 2


@pytest.mark.parametrize("status", [2, 3, 4])
def test_an_interruption_or_a_wrong_option_ends_it(script: Script, status: int) -> None:
    assert script.run(side_by_side=status) == status
    assert len(script.calls()) == 1
