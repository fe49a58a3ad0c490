"""For each test a store of its own on a real file, and a world in memory for the SQL alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hubbub.store.database import Store
from hubbub.testing.clock import ManualClock
from tests.store.world import World, connect


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hubbub.db"


@pytest.fixture
async def store(path: Path, clock: ManualClock) -> AsyncIterator[Store]:
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
