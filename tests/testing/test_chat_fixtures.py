"""The fixtures of a server, as a test that asks for them sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubbub.application import Bounds
from hubbub.settings import Settings
from hubbub.testing.chat import ChatServer


@pytest.fixture
def hubbub_settings(hubbub_settings: Settings) -> Settings:
    return replace(hubbub_settings, registration="closed")


@pytest.fixture
def hubbub_bounds(hubbub_bounds: Bounds) -> Bounds:
    return replace(hubbub_bounds, sockets=replace(hubbub_bounds.sockets, outbox_packets=5))


async def test_settings_are_the_tests_own(hubbub_server: ChatServer) -> None:
    await hubbub_server.person("ada")
    with pytest.raises(Exception, match="403"):
        await hubbub_server.person("bob")


async def test_bounds_are_the_tests_own(hubbub_server: ChatServer) -> None:
    ada = await hubbub_server.person("ada")
    socket = await ada.connect()
    line = await ada.faults.on("/socket.io").line()
    line.stall()
    for number in range(10):
        await ada.create_room(f"Room {number}")
    line.resume()
    assert (await socket.event("resync")).data["reason"] == "overflow"
