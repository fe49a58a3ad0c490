"""Fixtures for every test: servers that run, and people at them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hubbub.testing.chat import logs_left_alone
from tests.support.collecting import pytest_collection_modifyitems, pytest_ignore_collect
from tests.support.people import People
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.server import ServerProcess

__all__ = ["pytest_collection_modifyitems", "pytest_ignore_collect"]  # hooks


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the seeds by which tests have drawn, and what came of it, whether they passed or not."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        said = [str(value) for name, value in report.user_properties if name == "chance"]
        if said:
            terminalreporter.write_line(f"{report.nodeid}: {', '.join(said)}")


@pytest.fixture(autouse=True)
def logs_of_the_test() -> Iterator[None]:
    """An application that a test makes sets up the logs of its process; the next test has its own again."""
    with logs_left_alone():
        logging.getLogger().setLevel(logging.WARNING)  # Python's own; an application of a whole module may have set it
        yield


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that only add to it: open registration, no rate limits, its log checked at the end.

    Nothing here may depend on what other tests have put into it; kill or restart a `fresh_server`.
    """
    yield from _serve(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests that neither stop it nor cut its power; each makes a database of its own."""
    with running_postgres(durable=False) as server:
        yield server


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of the test's own, with nobody in it; the rest as in `shared_server`."""
    yield from _serve(tmp_path)


@pytest.fixture
async def people(shared_server: ServerProcess) -> AsyncIterator[People]:
    """Who a test has at the shared server, over HTTP/2."""
    async with People(shared_server) as people:
        yield people


@pytest.fixture(scope="session")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that trusts the proxies of this machine, for tests that put one before it; else as `shared_server`."""
    yield from _serve(tmp_path_factory.mktemp("trusting"), HUBBUB_TRUSTED_PROXIES="127.0.0.1")


def _serve(folder: Path, **more: str) -> Iterator[ServerProcess]:
    server = ServerProcess(folder, env={"HUBBUB_REGISTRATION": "open", "HUBBUB_RATE_LIMITS": "off", **more})
    try:
        server.start()
        yield server
        server.end()
    finally:
        server.release()
