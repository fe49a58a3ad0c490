"""The files beside the page, its look and its scripts, as they lie in this folder.

Plain files and not strings, so that the compiler and an editor can read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

PREFIX = "/docs"
STYLE_PATH = f"{PREFIX}/style.css"
SCRIPT_PATH = f"{PREFIX}/try.js"

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_TAG_CHARS = 20  # 80 bits, to tell versions apart


@dataclass(frozen=True)
class PageFile:
    """A file in memory; `tag` is another one when the content is."""

    content: bytes
    content_type: str
    tag: str


def page_files() -> dict[str, PageFile]:
    """{path: file}."""
    return {
        f"{PREFIX}/{each.name}": _read(each.read_bytes(), _TYPES[each.name[each.name.rindex(".") :]])
        for each in sorted(files(__package__).iterdir(), key=lambda each: each.name)
        if each.name.endswith(tuple(_TYPES))
    }


def _read(content: bytes, content_type: str) -> PageFile:
    return PageFile(content, content_type, sha256(content).hexdigest()[:_TAG_CHARS])
