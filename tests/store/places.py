"""Where a store of a test may be: a file that is not there, or a database without tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.store.postgres.address import PostgresAddress
from tests.support.postgres import PostgresServer

Place = Path | PostgresAddress
ENGINES = ("sqlite", "postgresql")


def place_of(request: pytest.FixtureRequest) -> Place:
    """For a fixture with `ENGINES` as its parameters."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return folder / "hubbub.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database()
