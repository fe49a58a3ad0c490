"""Hubbub in memory: people at it, by every transport, on a clock that the test moves."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest

from hubbub.live.presence import LINGER_SECONDS
from hubbub.testing.chat import ChatServer, open_chat, settings_in
from hubbub.testing.clock import START, ManualClock


async def test_people_talk_by_everything(hubbub_server: ChatServer) -> None:
    ada, bob = await hubbub_server.person("ada"), await hubbub_server.person("bob")
    assert (ada.user["role"], ada.user["created_at"]) == ("owner", "2025-03-01T12:00:00.000Z")
    assert START.isoformat().startswith("2025-03-01T12:00:00")
    room = await ada.create_room()
    socket = await ada.connect()
    native = await ada.websocket("/ws")
    assert (await native.receive_json())["type"] == "ready"
    async with ada.events("/events") as stream:
        await stream.event("ready")
        await bob.put(f"/rooms/{room['id']}/members/me")
        await bob.post(f"/rooms/{room['id']}/messages", json={"body": "hello"})
        change = (await socket.event("message_posted")).data
        assert (await stream.event("message_posted")).data == change
        while (frame := await native.receive_json())["type"] != "message_posted":
            pass
        assert frame["data"] == change


async def test_a_server_on_the_same_settings_goes_on(tmp_path: Path, manual_clock: ManualClock) -> None:
    async with open_chat(settings_in(tmp_path), manual_clock) as server:
        ada = await server.person("ada")
        socket = await ada.connect()
        cursor = (socket.heard[0].data)["cursor"]
        await ada.create_room("Den")
    async with open_chat(settings_in(tmp_path), manual_clock) as server:
        ada = await server.sign_in("ada")
        socket = await ada.connect(cursor=cursor, transport="polling")
        assert [event.name for event in socket.heard][:3] == ["room_created", "member_joined", "ready"]
        with pytest.raises(httpx.HTTPStatusError, match="409"):
            await server.person("ada")


async def test_what_time_changes_is_the_clocks(hubbub_server: ChatServer) -> None:
    ada, bob = await hubbub_server.person("ada"), await hubbub_server.person("bob")
    socket, other = await ada.connect(), await bob.connect()
    await other.disconnect()
    hubbub_server.clock.advance(LINGER_SECONDS + 1)
    gone = await socket.event("presence_changed", lambda event: event.data["status"] == "offline")
    assert gone.data["user_id"] == bob.user["id"]


async def test_logs_are_left_to_pytest(hubbub_server: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await hubbub_server.person("ada")
    assert "POST /api/v1/users" in caplog.text
