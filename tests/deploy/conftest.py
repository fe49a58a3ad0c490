"""Hosts of two kinds for the tests of a module, each with PostgreSQL and Redis of its own behind them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.hosts import redis_in
from tests.deploy.composition import running_composition
from tests.support.postgres import PostgresServer
from tests.support.redis_server import RedisServer
from tests.support.server import ServerProcess


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One that no test stops."""
    server = redis_in(tmp_path_factory.mktemp("redis") / "server")
    try:
        server.start()
        yield server
    finally:
        server.release()


@pytest.fixture(scope="module")
def composed(
    postgres: PostgresServer, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, ServerProcess]]:
    """The hosts of `deploy/compose.several-hosts.yml`, which hand polls to each other: {service: its server}."""
    folder = tmp_path_factory.mktemp("composed")
    with running_composition(folder, postgres.make_database().url, redis.url) as servers:
        yield servers


@pytest.fixture(scope="module")
def apart(
    postgres: PostgresServer, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, ServerProcess]]:
    """The same without HUBBUB_BUS_HOST: a client that polls has to stay with its host."""
    folder = tmp_path_factory.mktemp("apart")
    without = {"HUBBUB_BUS_HOST": ""}
    with running_composition(folder, postgres.make_database().url, redis.url, without) as servers:
        yield servers
