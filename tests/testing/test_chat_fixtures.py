"""The fixtures of a server, as a test that asks for them sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubbub.settings import Settings
from hubbub.testing.chat import ChatServer


@pytest.fixture
def hubbub_settings(hubbub_settings: Settings) -> Settings:
    return replace(hubbub_settings, registration="closed")


async def test_settings_are_the_tests_own(hubbub_server: ChatServer) -> None:
    await hubbub_server.person("ada")
    with pytest.raises(Exception, match="403"):
        await hubbub_server.person("bob")
