"""A disk that is really full: a small one in memory, mounted where only one process sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.deadline import DEADLINE
from tests.support.machine import ROOT, missing

DISK_KIBIBYTES = 4 * 1024


def on_a_small_disk(folder: Path, size: int) -> subprocess.CompletedProcess[str]:
    """Run `filling_process` in `folder`, on a disk of `size` KiB that goes with the process."""
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    mounted = 'mount -t tmpfs -o "size=$1k" none "$2" || exit 99; shift 2; exec "$@"'
    program = [sys.executable, "-m", "tests.store.filling_process", str(folder)]
    try:
        return subprocess.run(
            [*unshare, "sh", "-c", mounted, "sh", str(size), str(folder), *program],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
    except FileNotFoundError:
        missing("There is no `unshare` on this machine to mount a small disk with.")


def outcome(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    if ended.returncode == 99 or ended.stderr.startswith("unshare:"):
        missing(f"This machine lets nobody mount a small disk: {ended.stderr.strip()}")
    assert ended.returncode == 0, ended.stderr
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room(tmp_path: Path) -> None:
    said = outcome(on_a_small_disk(tmp_path, DISK_KIBIBYTES))
    assert said["refused"].keys() == {"server_busy"}
    assert len(said["acknowledged"]) > 100
    assert said["acknowledged"][-1] == "after"
    assert sorted(said["kept"]) == sorted(said["acknowledged"])
    assert said["problems"] == []
