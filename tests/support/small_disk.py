"""A disk that is small, and full when a test wants it: in memory, mounted where only those see it who enter."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.deadline import DEADLINE
from tests.support.machine import ROOT

# What is written at once to fill it: the last bytes, too.
_CHUNKS = (1024 * 1024, 4 * 1024, 1)


class NoSmallDiskError(Exception):
    """This machine lets nobody mount one; the text says why."""


class SmallDisk:
    """`enter` comes before the command of whoever is to see it."""

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder = folder
        as_root = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        self.enter = ("nsenter", f"--target={holder}", "--mount", *as_root, f"--wd={ROOT}", "--")
        self._ballast = Path(f"/proc/{holder}/root{folder}/ballast")

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for chunk in _CHUNKS:
                _write_until_full(ballast.fileno(), chunk)

    def free(self) -> None:
        """Give back what `fill` took."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[SmallDisk]:
    """One that is mounted over a folder, and goes with the block.

    Raises:
        NoSmallDiskError: it cannot be had.
    """
    folder.mkdir()
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    # It ends with its input, so that nothing is left where the test is killed.
    mounted = 'mount -t tmpfs -o "size=$1k" none "$2" && echo mounted && exec cat'
    command = [*unshare, "sh", "-c", mounted, "sh", str(kibibytes), str(folder)]
    try:
        holder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    except FileNotFoundError as error:
        raise NoSmallDiskError("there is no `unshare` on this machine") from error
    with holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stderr is not None
        try:
            if holder.stdout.readline() != "mounted\n":
                raise NoSmallDiskError(f"this machine lets nobody mount one: {holder.stderr.read().strip()}")
            yield SmallDisk(folder, holder.pid)
        finally:
            holder.stdin.close()
            holder.wait(DEADLINE)


def _write_until_full(file: int, chunk: int) -> None:
    try:
        while True:
            os.write(file, b"x" * chunk)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
