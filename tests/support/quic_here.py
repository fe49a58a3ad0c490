"""Our HTTP/3 endpoint in the loop of the test, around any ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.utils import wrap_app

from hubbub.composite.http3.endpoint import Endpoint
from hubbub.composite.types import ASGIApp
from tests.support.certificates import make_certificates
from tests.support.ports import HOST


@dataclass
class QuicHere:
    """The endpoint, and what ends it: `context.terminated`; `running` is the task that Hypercorn would wait for."""

    endpoint: Endpoint
    context: WorkerContext
    running: asyncio.Task[None]
    quic_port: int
    ca_file: Path

    @property
    def https_url(self) -> str:
        return f"https://{HOST}:{self.quic_port}"

    def connections(self) -> int:
        """How many it knows of."""
        return len(set(self.endpoint._routes.values()))


@asynccontextmanager
async def quic_here(folder: Path, app: ASGIApp, **settings: Any) -> AsyncIterator[QuicHere]:
    """Serve for the length of a block; `settings` are Hypercorn's. Fails if the endpoint has failed."""
    certificates = make_certificates(folder)
    config = Config.from_mapping({"h2_max_header_list_size": 16 * 1024, **settings})
    config.certfile, config.keyfile = str(certificates.certfile), str(certificates.keyfile)
    context, loop = WorkerContext(None), asyncio.get_running_loop()
    wrapped: Any = app
    transport, endpoint = await loop.create_datagram_endpoint(
        lambda: Endpoint(wrap_app(wrapped, 0, "asgi"), loop, config, context, {}), local_addr=(HOST, 0)
    )
    running = loop.create_task(endpoint.run())
    port = transport.get_extra_info("sockname")[1]
    try:
        yield QuicHere(endpoint, context, running, port, certificates.ca_file)
        await context.terminated.set()
        await endpoint.cut()
        await running
    finally:
        running.cancel()
        transport.close()
