"""A small disk is really full, for those who enter, and has room again."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.machine import missing
from tests.support.small_disk import NoSmallDiskError, SmallDisk, small_disk


def written(disk: SmallDisk, name: str) -> subprocess.CompletedProcess[str]:
    """Write a little, as one who has entered."""
    command = [*disk.enter, "sh", "-c", 'echo something > "$0"', str(disk.folder / name)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_is_full_and_has_room_again(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk", 256) as disk:
            assert written(disk, "before").returncode == 0
            disk.fill()
            assert written(disk, "meanwhile").returncode != 0
            disk.free()
            assert written(disk, "after").returncode == 0
            assert not any((tmp_path / "disk").iterdir())  # for who has not entered
    except NoSmallDiskError as error:
        missing(str(error))
