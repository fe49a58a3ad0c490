"""Steps on either side that fail or hang in start or stop, each combination in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from hubbub.composite.limits import HOOK_SECONDS
from tests.support.deadline import DEADLINE, wait_until
from tests.support.machine import BARE, ROOT
from tests.support.ports import ReservedPort

# Seconds. What hangs in the start is cut off then; everything else has as long as it takes.
SHORT_START, LONG_START = 2.0, 600.0

FIRST, HOOK, INNER = STARTS = ("database opens", "start hook", "inner starts")
INNER_STOP, STOP_HOOK, LAST = STOPS = ("inner stops", "stop hook", "database closes")
GIVEN_UP = f"took longer than {HOOK_SECONDS:g} s and was given up"
MODULE = "tests.composite.apps.lifespans"


@dataclass(frozen=True)
class Combination:
    """What goes wrong; then the steps that begin, in order, the exit status, and what the log says."""

    story: dict[str, str]
    steps: tuple[str, ...]
    status: int
    reasons: tuple[str, ...] = ()

    @property
    def serves(self) -> bool:
        return self.steps[: len(STARTS)] == STARTS and not set(self.story) & set(STARTS)

    def __str__(self) -> str:
        return " and ".join(f"{step} {fate}" for step, fate in self.story.items()) or "all is well"


COMBINATIONS = [
    Combination({}, STARTS + STOPS, 0),
    # The first hook has nothing before it to undo.
    Combination({FIRST: "fails"}, (FIRST,), 1, ("start failed: OSError: database opens is impossible",)),
    Combination({FIRST: "hangs"}, (FIRST,), 1, ("waited for database", "awaiting startup")),
    Combination(
        {HOOK: "fails"}, (FIRST, HOOK, STOP_HOOK, LAST), 1, ("start failed: OSError: start hook is impossible",)
    ),
    Combination({HOOK: "hangs"}, (FIRST, HOOK, STOP_HOOK, LAST), 1, ("waited for start\n", "awaiting startup")),
    Combination({INNER: "fails"}, (*STARTS, STOP_HOOK, LAST), 1, ("inner starts is impossible",)),
    Combination(
        {INNER: "hangs"}, (*STARTS, STOP_HOOK, LAST), 1, ("waited for the inner application", "awaiting startup")
    ),
    Combination(
        {INNER: "fails", STOP_HOOK: "fails", LAST: "hangs"},
        (*STARTS, STOP_HOOK, LAST),
        1,
        ("inner starts is impossible", "stopping stop failed", f"stopping database {GIVEN_UP}"),
    ),
    Combination({INNER_STOP: "fails"}, STARTS + STOPS, 1, ("stopping the inner application failed",)),
    Combination({INNER_STOP: "hangs"}, STARTS + STOPS, 0, (f"stopping the inner application {GIVEN_UP}",)),
    Combination({STOP_HOOK: "fails"}, STARTS + STOPS, 1, ("stopping stop failed",)),
    Combination({STOP_HOOK: "hangs"}, STARTS + STOPS, 0, (f"stopping stop {GIVEN_UP}",)),
    Combination({LAST: "fails"}, STARTS + STOPS, 1, ("stopping database failed",)),
    Combination(
        {INNER_STOP: "fails", LAST: "hangs"},
        STARTS + STOPS,
        1,
        ("stopping the inner application failed", f"stopping database {GIVEN_UP}"),
    ),
]


@pytest.mark.seed("1.3")
@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_under_serve(combination: Combination, tmp_path: Path) -> None:
    seconds = SHORT_START if "hangs" in {combination.story.get(step) for step in STARTS} else LONG_START
    with ReservedPort() as port:
        ended = _run(combination, tmp_path, port, "-m", MODULE, port.bind, str(seconds))
    assert ended.marks == [*combination.steps, "threads ['MainThread']"], ended.log
    _check(ended, combination)


@pytest.mark.parametrize(
    "combination", [one for one in COMBINATIONS if one.story in ({}, {HOOK: "fails"}, {STOP_HOOK: "fails"})], ids=str
)
def test_under_the_command_without_workers(combination: Combination, tmp_path: Path) -> None:
    """`-w 0`: with workers, Hypercorn's master answers a failed start or stop with 0 (docs/decisions/0003)."""
    with ReservedPort() as port:
        ended = _run(combination, tmp_path, port, "-m", "hypercorn", "-w", "0", "-b", port.bind, f"{MODULE}:app")
    assert ended.marks == [*combination.steps], ended.log
    _check(ended, combination)


@dataclass(frozen=True)
class Ended:
    """A process that is over, with its group."""

    status: int
    marks: list[str]
    log: str
    group: int
    port: ReservedPort


def _run(combination: Combination, folder: Path, port: ReservedPort, *arguments: str) -> Ended:
    marks, log = folder / "marks", folder / "log"
    environment = {"STORY": json.dumps(combination.story), "MARKS": str(marks), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=os.environ | BARE | environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if combination.serves:
            wait_until(lambda: process.poll() is not None or port.answers(), "the server")
            process.terminate()
        status = process.wait(DEADLINE)
        return Ended(status, marks.read_text().splitlines(), log.read_text(), process.pid, port)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _check(ended: Ended, combination: Combination) -> None:
    """The status, the reasons, and that nothing is left: no child, no socket, no task that nobody waited for."""
    assert ended.status == combination.status, ended.log
    for reason in combination.reasons:
        assert reason in ended.log
    assert bool(combination.story) or ended.log.count("\n") == ended.log.count("Running on "), ended.log
    assert "was destroyed" not in ended.log
    assert "never awaited" not in ended.log
    assert not ended.port.answers()
    with pytest.raises(ProcessLookupError):
        os.killpg(ended.group, 0)
