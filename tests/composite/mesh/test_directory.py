"""The folder where processes meet: whose it is, who is in it, and who is not any more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubbub.composite.mesh.directory import ID_CHARS, Directory, MeshError, is_id, make_id

NOT_NAMES = (
    "",
    "../meet",
    "a" * 15 + "/..",
    "0" * 14,
    "0" * 16,
    "0" * 5_000,
    "0" * 14 + "\0",
    "0" * 15 + "\n",
    "0" * 14 + "G",
    "\u0660" * 15,  # a digit, and not one of ours
)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    made = Directory(tmp_path / "meet")
    made.open()
    yield made
    made.close()


@pytest.mark.parametrize("mode", [None, 0o755, 0o777], ids=["not there", "to be read", "to be written"])
def test_only_its_owner_may_enter(tmp_path: Path, mode: int | None) -> None:
    path = tmp_path / "meet"
    if mode is not None:
        path.mkdir()
        path.chmod(mode)
    directory = Directory(path)
    directory.open()
    assert path.stat().st_mode & 0o777 == 0o700
    directory.close()


def test_what_is_no_folder_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link"):
        with pytest.raises(MeshError, match=name):
            Directory(tmp_path / name).open()


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(MeshError, match="belongs to somebody else"):
        Directory(tmp_path / "meet").open()


async def test_whoever_listens_is_reached_however_deep_the_folder_lies(tmp_path: Path) -> None:
    path = tmp_path / ("deep" * 20) / ("deeper" * 20)
    directory = Directory(path)
    directory.open()
    name = make_id()
    with directory.listen(name) as listener:
        _, writer = await directory.connect(name)
        assert directory.names() == [name]
        listener.accept()[0].close()
        writer.close()
        await writer.wait_closed()
    directory.close()


async def test_one_that_was_killed_refuses_and_can_be_forgotten(directory: Directory) -> None:
    name = make_id()
    directory.listen(name).close()
    assert directory.has(name)
    with pytest.raises(ConnectionRefusedError):
        await directory.connect(name)
    directory.forget(name)
    directory.forget(name)
    assert not directory.has(name)
    assert directory.names() == []


@pytest.mark.parametrize("name", NOT_NAMES, ids=lambda name: repr(name[:20]))
def test_what_cannot_be_a_name_is_nobodys(directory: Directory, name: str) -> None:
    assert not directory.has(name)


@pytest.mark.parametrize("name", NOT_NAMES)
def test_a_name_is_told_from_what_is_none(name: str) -> None:
    assert is_id(make_id())
    assert not is_id(name)


def test_a_closed_folder_has_nobody(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "meet")
    assert not directory.exists
    assert not directory.has(make_id())
    directory.close()


def test_the_later_name_is_the_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for moment in (1, 10**9, 10**18, 10**18 + 1_000, 2 * 10**18):
        monkeypatch.setattr("time.time_ns", lambda moment=moment: moment)
        names.append(make_id())
    assert names == sorted(names)
    assert {len(name) for name in names} == {ID_CHARS}
