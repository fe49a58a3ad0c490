"""Servers of several workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.people import People
from tests.support.server import ServerProcess

WORKERS = 4
OPEN = {"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off"}


def worker_server(folder: Path) -> ServerProcess:
    """`hypercorn -w 4`, as the README has it."""
    arguments = ("-c", "hypercorn.toml", "-w", str(WORKERS))
    return ServerProcess(folder, command="hypercorn", env=OPEN, arguments=arguments)


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Four workers for the tests of a module that kill none of them; their log is checked at the end."""
    server = worker_server(tmp_path_factory.mktemp("workers"))
    try:
        server.start()
        yield server
        server.end()
    finally:
        server.release()


@pytest.fixture
async def crowd(workers: ServerProcess) -> AsyncIterator[People]:
    """Who a test has there."""
    async with People(workers) as people:
        yield people
