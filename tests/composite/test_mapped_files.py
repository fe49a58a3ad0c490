"""Files by the library's mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.composite.limits import FILE_CHUNK_BYTES
from hubbub.composite.mapped_files import find_mapped_file, send_file
from tests.support.asgi_calls import Call


def test_a_file_is_found_with_its_type(tmp_path: Path) -> None:
    (tmp_path / "page.html").touch()
    found = find_mapped_file("/files/page.html", {"/files": str(tmp_path)})
    assert found == {"filename": f"{tmp_path}/page.html", "content_type": "text/html"}


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("code.mjs", "text/javascript"), ("icon.svg", "image/svg+xml"), ("thing.unheard", "application/octet-stream")],
)
def test_types_go_beyond_those_of_the_library(tmp_path: Path, name: str, content_type: str) -> None:
    (tmp_path / name).touch()
    found = find_mapped_file(f"/{name}", {"/": str(tmp_path) + "/"})
    assert found is not None
    assert found["content_type"] == content_type


@pytest.mark.parametrize("path", ["/files", "/files/", "/files/none", "/files/\0", "/files/../files/page", "/other"])
def test_what_is_no_file_is_not_found(tmp_path: Path, path: str) -> None:
    (tmp_path / "page").touch()
    assert find_mapped_file(path, {"/files": str(tmp_path)}) is None


@pytest.mark.parametrize(("size", "messages"), [(0, 2), (10, 2), (FILE_CHUNK_BYTES, 3), (FILE_CHUNK_BYTES * 2 + 1, 4)])
async def test_a_file_is_sent_in_pieces_and_its_last_piece_ends_it(tmp_path: Path, size: int, messages: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    made = Call([])
    await send_file({"filename": str(tmp_path / "file"), "content_type": "text/plain"}, made.send)
    assert made.body == b"x" * size
    assert len(made.messages) == messages
    assert not made.messages[-1].get("more_body")
