"""A file that is made beside its place, and put there when it is whole and on the disk: never half of it is seen.

Knows nothing of what is in it.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubbub.store.errors import OccupiedError, StoreError, operating_system_error

SIDE_FILES = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database, https://www.sqlite.org/tempfiles.html
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK}  # a USB stick, for one


@contextmanager
def part_of(place: Path) -> Iterator[Path]:
    """An empty file in the same folder, for its owner only; what is left of it at the end of the block is removed.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
    except OSError as error:
        raise operating_system_error(error, place) from error
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
    finally:
        for file in (part, *beside(part)):
            file.unlink(missing_ok=True)


def put(part: Path, place: Path, *, replace: bool) -> None:
    """Put what is whole in its place; returns when a power cut could not undo it.

    Raises:
        OccupiedError: something is there, and `replace` is false.
        StoreError: the system does not allow it.
    """
    try:
        _flush(part)
        if replace:
            part.replace(place)
        else:
            place.hardlink_to(part)  # fails where something is by now, as a rename would not
            part.unlink()
        flush_folder(place)
    except FileExistsError as error:
        raise occupied(place) from error
    except OSError as error:
        raise _refused(error, place) from error


def flush_folder(place: Path) -> None:
    """Have the names in the folder of `place` outlive a power cut."""
    _flush(place.parent)


def occupied(place: Path) -> OccupiedError:
    """Something is where something new should be."""
    return OccupiedError(f"{place} is there already. Choose another place, or replace it with --replace.")


def beside(place: Path) -> list[Path]:
    """The names of what SQLite may keep beside a database."""
    return [place.with_name(place.name + ending) for ending in SIDE_FILES]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(error: OSError, place: Path) -> StoreError:
    if error.errno in _NO_LINKS:
        return OccupiedError(
            f"Whether {place} is still free cannot be made sure of on this kind of disk. Make it with --replace."
        )
    return operating_system_error(error, place)
