"""A server for the tests of the harness itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.server import ServerProcess


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The small application of `tiny_app`, over TLS and without."""
    server = ServerProcess(
        tmp_path_factory.mktemp("tiny"), command="hypercorn", application="tests.support.tiny_app:app"
    )
    try:
        server.start()
        yield server
    finally:
        # Killed: from Python 3.12 on, Hypercorn alone does not end before its last client.
        server.release()
