"""The application as it is served, with a page beside it that counts what lives in the process.

`hypercorn -c hypercorn.toml tests.conformance.http2.watched_app:app`
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
from pathlib import Path
from typing import Any

from hubbub.application import create_app
from hubbub.composite.types import Receive, Scope, Send

CENSUS_PATH = "/-/census"
served = create_app()  # as src/app.py does
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Everything goes to the server but the one page."""
    if scope["type"] != "http" or scope["path"] != CENSUS_PATH:
        await served(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(_census()).encode()})


def _census() -> dict[str, Any]:
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    names = sorted(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks())
    return {"tasks": names, "descriptors": len(os.listdir("/proc/self/fd")), "resident_bytes": resident}
