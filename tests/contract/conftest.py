"""A scene on the shared server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.scene import Scene, open_scene
from tests.support.server import ServerProcess


@pytest.fixture
async def scene(shared_server: ServerProcess) -> AsyncIterator[Scene]:
    """Ada's room, with Bob in it, and Ada's message in it."""
    async with open_scene(shared_server) as scene:
        yield scene
