"""The two servers of the protocol tests, and each way to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conformance.sessions import Transport
from tests.conformance.wires import Version, Wire, open_wire
from tests.support.server import ServerProcess


@pytest.fixture(scope="session")
def suite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """What the official suites talk to, with PINGs each 300 ms."""
    yield from _serve("tests.conformance.app:app", tmp_path_factory)


@pytest.fixture(scope="session")
def patient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The same with the usual long times: what ends here within a test was ended for what it sent."""
    yield from _serve("tests.conformance.apps.patient:app", tmp_path_factory)


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def version(request: pytest.FixtureRequest) -> Version:
    """The version of HTTP under the protocol."""
    version: Version = request.param
    return version


@pytest.fixture(params=["polling", "websocket"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """The transport of Engine.IO."""
    transport: Transport = request.param
    return transport


@pytest.fixture
async def suite_wire(version: Version, suite_server: ServerProcess) -> AsyncIterator[Wire]:
    """A client of `suite_server`."""
    async with open_wire(version, suite_server) as wire:
        yield wire


@pytest.fixture
async def wire(version: Version, patient_server: ServerProcess) -> AsyncIterator[Wire]:
    """A client of `patient_server`."""
    async with open_wire(version, patient_server) as wire:
        yield wire


def _serve(application: str, folders: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(folders.mktemp("conformance"), command="hypercorn", application=application)
    try:
        server.start()
        yield server
        server.end()
    finally:
        server.release()
