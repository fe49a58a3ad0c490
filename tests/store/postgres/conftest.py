"""An engine on a database without tables, and a connection of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubbub.store.postgres import filling
from hubbub.store.postgres.connection import PostgresConnection
from hubbub.store.postgres.engine import PostgresEngine
from hubbub.store.postgres.prepare import prepare
from tests.support.deadline import DEADLINE
from tests.support.postgres import PostgresServer


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is refused only because PostgreSQL takes its time to let a connection go that was closed."""
    monkeypatch.setattr(filling, "CLAIM_SECONDS", DEADLINE)


@pytest.fixture
def engine(postgres: PostgresServer) -> PostgresEngine:
    return PostgresEngine(postgres.make_database())


@pytest.fixture
def connection(engine: PostgresEngine) -> Iterator[PostgresConnection]:
    """With our tables."""
    connection = engine.connect()
    connection.prepare(prepare)
    yield connection
    connection.close()
