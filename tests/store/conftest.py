"""For each test a store of its own on a real file, and a world in memory for the SQL alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hubbub.store.database import Store
from tests.store.world import World, connect
from tests.support.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hubbub.db"


@pytest.fixture
async def store(path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    store = await Store.open(path, clock=clock)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def world() -> Iterator[World]:
    connection = connect()
    yield World(connection)
    connection.close()
