"""Hypercorn in the test's own event loop, so that a test sees both the wire and the server's tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from hubbub.composite.serving import ServeConfig
from tests.support.certificates import make_certificates
from tests.support.deadline import eventually
from tests.support.ports import HOST, ReservedPort
from tests.support.server import Address

# Seconds; what is still open at the end of a test is cut.
GRACE = 0.1


def open_connections() -> int:
    """How many connections the server of this process has, closed by their clients or not."""
    names = (getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())
    return sum(name.endswith("_server_callback") for name in names)


@asynccontextmanager
async def hypercorn_here(app: Any, folder: Path) -> AsyncIterator[Address]:
    """Serve `app` with TLS and without for the length of a block; `folder` is for the certificates."""
    certificates = make_certificates(folder / "tls")
    with ReservedPort() as plain, ReservedPort() as secure:
        config = Config()
        config.bind, config.insecure_bind = [secure.bind], [plain.bind]
        config.certfile, config.keyfile = str(certificates.certfile), str(certificates.keyfile)
        config.keep_alive_max_requests = ServeConfig().keep_alive_max_requests
        config.graceful_timeout, config.errorlog = GRACE, None
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(app, config, shutdown_trigger=stop.wait))
        try:
            await eventually(lambda: plain.answers() and secure.answers(), "Hypercorn to listen")
            yield Address(f"http://{HOST}:{plain.number}", f"https://{HOST}:{secure.number}", certificates.ca_file)
        finally:
            stop.set()
            await serving
