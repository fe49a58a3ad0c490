"""Files by the mapping of python-engineio's `static_files`; `static.StaticFiles` is the way for a whole folder.

What the library finds is kept; what it does with it is not: any method, a blocking read, 500 for a folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from engineio.static_files import get_static_file

from hubbub.composite.limits import FILE_CHUNK_BYTES
from hubbub.composite.types import Send

UNKNOWN_TYPE = "application/octet-stream"


def find_mapped_file(path: str, mapping: Mapping[str, Any]) -> dict[str, str] | None:
    """The file at a path as the library describes it, `{"filename", "content_type"}`, if it exists."""
    found: dict[str, str] | None = get_static_file(path, mapping)
    if found is None or "\0" in found["filename"] or not Path(found["filename"]).is_file():
        return None
    if found["content_type"] == UNKNOWN_TYPE:
        found["content_type"] = guess_type(found["filename"])[0] or UNKNOWN_TYPE
    return found


async def send_file(static_file: Mapping[str, str], send: Send) -> None:
    """Send the whole file; the server leaves the body out for HEAD."""
    with await asyncio.to_thread(open, static_file["filename"], "rb") as file:
        content_type = static_file["content_type"].encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", content_type)]})
        chunk: Any = await asyncio.to_thread(file.read, FILE_CHUNK_BYTES)
        while len(chunk) == FILE_CHUNK_BYTES:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await asyncio.to_thread(file.read, FILE_CHUNK_BYTES)
        await send({"type": "http.response.body", "body": chunk})
