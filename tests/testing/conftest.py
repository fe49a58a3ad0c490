"""A Socket.IO server in memory, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hubbub.testing.client import AsgiClient, open_client
from hubbub.testing.clock import ManualClock
from tests.testing.sockets_app import Sockets


@pytest.fixture
def sockets(manual_clock: ManualClock) -> Sockets:
    return Sockets(manual_clock)


@pytest.fixture
async def sockets_client(sockets: Sockets, manual_clock: ManualClock) -> AsyncIterator[AsgiClient]:
    async with open_client(sockets.app, later=manual_clock.later) as client:
        yield client
