"""The pytest plugin: fixtures, and nothing that happens to anybody who does not ask for one.

pytest loads this for everybody who has Hubbub installed, so it imports nothing but pytest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hubbub.testing.clock import ManualClock

ASYNCIO_PLUGIN = "pytest_asyncio.plugin"
ASYNCHRONOUS = ("hubbub.testing.fixtures", "hubbub.testing.chat_fixtures")
STAND_INS = ("hubbub.testing.missing_fixtures",)


def pytest_configure(config: pytest.Config) -> None:
    """Add the asynchronous fixtures where pytest-asyncio is there to run them.

    Not sooner: by now every plugin was imported in the order that its user chose, and pytest warns where one is
    imported by another first.
    """
    names = {getattr(plugin, "__name__", None) for plugin in config.pluginmanager.get_plugins()}
    for name in ASYNCHRONOUS if ASYNCIO_PLUGIN in names else STAND_INS:
        config.pluginmanager.register(importlib.import_module(name), name)


@pytest.fixture
def manual_clock() -> ManualClock:
    """A clock that stands still until the test moves it with `advance(seconds)`."""
    from hubbub.testing.clock import ManualClock

    return ManualClock()
