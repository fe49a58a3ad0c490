"""For each test a store of its own on a real database, and a world for the SQL alone; on each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hubbub.store.database import Store
from hubbub.testing.clock import ManualClock
from tests.store.places import ENGINES, Place, place_of
from tests.store.world import SqliteWorld, World, connect, connect_postgres


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where SQLite may make its file, for tests of what SQLite alone does."""
    return tmp_path / "hubbub.db"


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest) -> Place:
    """Where nothing is yet, on each engine."""
    return place_of(request)


@pytest.fixture
async def store(place: Place, clock: ManualClock) -> AsyncIterator[Store]:
    store = await Store.open(place, clock=clock)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def sqlite_store(path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    store = await Store.open(path, clock=clock)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    connection = connect() if request.param == "sqlite" else connect_postgres(place_of(request))
    yield World(connection)
    connection.close()


@pytest.fixture
def sqlite_world() -> Iterator[SqliteWorld]:
    connection = connect()
    yield SqliteWorld(connection)
    connection.close()
