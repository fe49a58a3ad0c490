"""What was acknowledged is there: after a kill, after another kill, and beside another process."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from hubbub.store.connect import connect_reader
from hubbub.store.database import Store, Transaction
from hubbub.store.integrity import select_problems
from hubbub.store.limits import StoreLimits
from hubbub.store.log import select_change_range
from hubbub.testing.clock import ManualClock
from tests.support.deadline import DEADLINE
from tests.support.machine import ROOT


def start(path: Path, label: str, writes: int = 0) -> subprocess.Popen[str]:
    """A process of its own that writes; 0 is until it is killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writing_process", str(path), label, str(writes)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def note(label: str, transaction: Transaction) -> int:
    return transaction.append_change("user_changed", room_id=None, actor_id=label, data="{}").id


def acknowledged(lines: list[str]) -> dict[str, int]:
    """{label: change id}; a line that was cut off by the kill was no acknowledgement."""
    return {label: int(change_id) for label, _, change_id in (line.partition(" ") for line in lines) if change_id}


def kept(path: Path) -> dict[str, int]:
    with closing(connect_reader(path, StoreLimits())) as connection:
        assert select_problems(connection) == []
        changes = select_change_range(connection, "anything", 0, 2**62, limit=2**31)
    assert [change.id for change in changes] == list(range(1, len(changes) + 1))
    return {str(change.actor_id): change.id for change in changes}


def kill_after(process: subprocess.Popen[str], count: int) -> dict[str, int]:
    """What it acknowledged until it was killed in the middle of its work."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(count)]
    process.kill()
    rest, _ = process.communicate(timeout=DEADLINE)
    return acknowledged(lines + [line for line in rest.splitlines(keepends=True) if line.endswith("\n")])


def test_a_kill_takes_nothing_that_was_acknowledged(path: Path) -> None:
    told: dict[str, int] = {}
    for round, count in enumerate((1, 40, 400)):
        told |= kill_after(start(path, f"{round}-"), count)
        there = kept(path)
        assert told.items() <= there.items()
    assert len(told) >= 441


@pytest.mark.parametrize("others", [2])
async def test_processes_write_side_by_side_with_ids_in_one_order(path: Path, others: int) -> None:
    # Started together on a file that is not there: each opens, claims and migrates it.
    processes = [start(path, f"{number}-", 200) for number in range(others)]
    store = await Store.open(path, clock=ManualClock())
    try:
        mine = {f"mine-{number}": await store.write(partial(note, f"mine-{number}")) for number in range(200)}
        told = dict(mine)
        for process in processes:
            out, err = process.communicate(timeout=DEADLINE)
            assert (process.returncode, err) == (0, "")
            told |= acknowledged(out.splitlines())
    finally:
        await store.close()
    assert list(mine.values()) == sorted(mine.values())
    assert len(told) == 200 * (others + 1)
    assert kept(path) == told
