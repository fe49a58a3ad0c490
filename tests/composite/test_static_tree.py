"""Which files are read, and what is refused at the start."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import pytest

from hubbub.composite import static_tree
from hubbub.composite.static_tree import (
    FoundFile,
    Mount,
    StaticFilesError,
    StaticTree,
    find_files,
    read_tree,
    static_file,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "site"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "a.js").write_text("a")
    (made / "deep" / "er" / "b c.css").write_text("b")
    return made


def tree(*mounts: Mount) -> StaticTree:
    return read_tree(find_files(mounts))


def test_files_of_all_folders_and_mounts(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "dist"
    other.mkdir()
    (other / "lib.js").write_text("lib")
    found = tree(Mount(folder), Mount(other, "vendor"))
    assert sorted(found.files) == ["a.js", "deep/er/b c.css", "vendor/lib.js"]
    assert found.files["vendor/lib.js"].content == b"lib"


def test_only_the_files_that_are_asked_for(folder: Path) -> None:
    (folder / "other.js").write_text("other")
    assert list(tree(Mount(folder, "vendor/", files=["a.js"])).files) == ["vendor/a.js"]
    with pytest.raises(StaticFilesError, match=r"has no file for missing\.js"):
        tree(Mount(folder, files=["missing.js"]))


def test_links_dotfiles_and_special_files_are_left_out(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "password").write_text("secret")
    (folder / "link.js").symlink_to(secret / "password")
    (folder / "linked").symlink_to(secret)
    (folder / ".env").write_text("secret")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    (folder / "back\\slash.js").write_text("odd")
    (folder / "new\nline.js").write_text("odd")
    os.mkfifo(folder / "pipe.js")
    assert sorted(tree(Mount(folder)).files) == ["a.js", "deep/er/b c.css"]


def test_a_file_that_became_a_link_is_not_read(folder: Path, tmp_path: Path) -> None:
    found = find_files([Mount(folder)])
    (tmp_path / "secret").write_text("secret")
    (folder / "a.js").unlink()
    (folder / "a.js").symlink_to(tmp_path / "secret")
    with pytest.raises(StaticFilesError, match=r"a\.js cannot be read"):
        read_tree(found)


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(folder)
    assert "a.js" in tree(Mount(tmp_path / "current")).files


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StaticFilesError, match="cannot be read"):
        tree(Mount(tmp_path / "nowhere"))


def test_two_files_with_one_path(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "a.js").write_text("other")
    with pytest.raises(StaticFilesError, match=r"would both be 'a\.js'"):
        tree(Mount(folder), Mount(tmp_path / "two"))


@pytest.mark.parametrize(("limit", "value"), [("MAX_FILES", 1), ("MAX_BYTES", 1)])
def test_too_much(folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(static_tree, limit, value)
    with pytest.raises(StaticFilesError, match="2 files with 2 bytes"):
        tree(Mount(folder))


def test_the_hash_is_that_of_names_and_contents_and_nothing_else(folder: Path) -> None:
    before = tree(Mount(folder)).hash
    os.utime(folder / "a.js", (0, 0))
    assert tree(Mount(folder)).hash == before
    (folder / "a.js").rename(folder / "c.js")
    renamed = tree(Mount(folder)).hash
    (folder / "c.js").write_text("c")
    assert len({before, renamed, tree(Mount(folder)).hash}) == 3


def test_times_are_whole_seconds(folder: Path) -> None:
    os.utime(folder / "a.js", ns=(0, 1_700_000_000_999_999_999))
    modified = tree(Mount(folder)).files["a.js"].modified
    assert modified is not None
    assert modified.timestamp() == 1_700_000_000


def test_encodings_only_where_they_are_smaller() -> None:
    text = b"hello " * 100
    file = static_file("a.txt", text, None)
    assert list(file.encodings) == ["br", "gzip"]
    assert brotli.decompress(file.encodings["br"]) == gzip.decompress(file.encodings["gzip"]) == text
    assert static_file("a.txt", b"x", None).encodings == {}
    assert static_file("a.png", text, None).encodings == {}


def test_found_files_say_when_they_changed(folder: Path) -> None:
    before = find_files([Mount(folder)])
    assert before == find_files([Mount(folder)])
    assert all(isinstance(file, FoundFile) for file in before)
    os.utime(folder / "a.js", ns=(0, 5))
    assert find_files([Mount(folder)]) != before
