"""What files are by their names."""

from __future__ import annotations

import pytest

from hubbub.composite.content_types import content_type, is_packed


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("main.js", "text/javascript; charset=utf-8"),
        ("main.MJS", "text/javascript; charset=utf-8"),
        ("a.b.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
        ("font.woff2", "font/woff2"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("socket.io.js.map", "application/json"),
        ("favicon.ico", "image/vnd.microsoft.icon"),
        ("picture.png", "image/png"),
        ("LICENSE", "application/octet-stream"),
        ("what.ever", "application/octet-stream"),
    ],
)
def test_types(name: str, expected: str) -> None:
    assert content_type(name) == expected


def test_packed_formats_are_not_compressed_again() -> None:
    assert is_packed("a.woff2")
    assert is_packed("a.PNG")
    assert not is_packed("a.svg")
    assert not is_packed("LICENSE")
