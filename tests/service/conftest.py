"""For use cases whose statements are not the same in each engine: somewhere to keep them, of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.places import ENGINES, Place
from tests.support.postgres import PostgresServer


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest) -> Place:
    """For `open_world`: a folder, or a database without tables."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return folder
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database()
