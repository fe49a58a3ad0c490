"""A file gets its name when it is whole."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hubbub.store.errors import CannotOpenError, OccupiedError
from hubbub.store.placing import part_of, put


def test_it_appears_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    place = tmp_path / "copy.db"
    with part_of(place) as part:
        part.write_text("whole")
        part.with_name(part.name + "-wal").write_text("left over")
        assert not place.exists()
        put(part, place, replace=False)
    assert place.read_text() == "whole"
    assert os.listdir(tmp_path) == ["copy.db"]


def test_what_came_there_meanwhile_stays(tmp_path: Path) -> None:
    place = tmp_path / "copy.db"
    with part_of(place) as part:
        place.write_text("somebody else's")
        with pytest.raises(OccupiedError):
            put(part, place, replace=False)
        assert place.read_text() == "somebody else's"
        part.write_text("mine")
        put(part, place, replace=True)
    assert place.read_text() == "mine"


def test_both_the_file_and_its_name_are_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[tuple[int, bool]] = []  # (inode, whether the file had its name then)
    place = tmp_path / "copy.db"
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append((os.fstat(descriptor).st_ino, place.exists()))
        flush(descriptor)

    with part_of(place) as part:
        monkeypatch.setattr(os, "fsync", fsync)
        put(part, place, replace=False)
    assert flushed == [(place.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


def test_a_disk_without_links_is_told_from_one_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    place = tmp_path / "copy.db"
    monkeypatch.setattr(os, "link", refuse)
    with part_of(place) as part, pytest.raises(OccupiedError, match="--replace"):
        put(part, place, replace=False)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotOpenError, match="nowhere"), part_of(tmp_path / "nowhere" / "copy.db"):
        pass
