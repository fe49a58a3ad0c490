"""The fixtures that know chat; each imports what it gives when a test asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from hubbub.application import Bounds
    from hubbub.settings import Settings
    from hubbub.testing.chat import ChatServer
    from hubbub.testing.clock import ManualClock


@pytest.fixture
def hubbub_settings(tmp_path: Path) -> Settings:
    """The settings of `hubbub_server`: define a fixture of this name to have others."""
    from hubbub.testing.chat import settings_in

    return settings_in(tmp_path)


@pytest.fixture
def hubbub_bounds() -> Bounds:
    """What connections of `hubbub_server` may hold: define a fixture of this name to reach bounds sooner, or never."""
    from hubbub.application import Bounds

    return Bounds()


@pytest_asyncio.fixture
async def hubbub_server(
    hubbub_settings: Settings, hubbub_bounds: Bounds, manual_clock: ManualClock
) -> AsyncIterator[ChatServer]:
    """Hubbub itself, with nobody in it: `await hubbub_server.person("ada")` is a client with an account."""
    from hubbub.testing.chat import open_chat

    async with open_chat(hubbub_settings, manual_clock, bounds=hubbub_bounds) as server:
        yield server
