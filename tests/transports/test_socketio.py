"""Socket.IO of the whole server: what a session lets one do, and what its end does.

What both socket transports share is tested beside `client` and `commands`; the rows of the contract beside it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from hubbub.testing.chat import ChatServer, Person, open_chat, settings_in
from hubbub.testing.clock import ManualClock
from hubbub.testing.socketio_client import SocketIORefused

SIGNED_OUT_SECONDS = 1.0


@pytest.fixture
async def ada(hubbub_server: ChatServer) -> Person:
    return await hubbub_server.person("ada")


async def test_a_socket_moves_to_a_new_session_and_outlives_the_old_one(
    hubbub_server: ChatServer, ada: Person
) -> None:
    socket = await ada.connect()
    new = await hubbub_server.sign_in("ada")
    moved = await socket.call("refresh_auth", {"token": new.token})
    assert moved["data"].keys() == {"expires_at"}
    await ada.delete("/sessions/current")
    room = (await socket.call("create_room", {"name": "Den", "visibility": "public"}))["data"]
    await new.post(f"/rooms/{room['id']}/messages", json={"body": "still here"})
    await socket.event("message_posted")
    await new.delete("/sessions/current")
    await socket.wait_closed(timeout=SIGNED_OUT_SECONDS)


async def test_a_socket_stays_whose_it_is(hubbub_server: ChatServer, ada: Person) -> None:
    bob = await hubbub_server.person("bob")
    socket = await ada.connect()
    for token, code in ((bob.token, "forbidden"), ("nobody's", "unauthenticated")):
        assert (await socket.call("refresh_auth", {"token": token}))["error"]["code"] == code
    assert (await socket.call("create_room", {"name": "Den", "visibility": "public"}))["data"]["name"] == "Den"


async def test_a_command_takes_one_object(ada: Person) -> None:
    socket = await ada.connect()
    for answer in (await socket.call("join_room"), await socket.call("join_room", {}, {})):
        assert answer["error"]["code"] == "invalid_request"


async def test_one_person_holds_fifty_connections(tmp_path: Path, manual_clock: ManualClock) -> None:
    limited = replace(settings_in(tmp_path), rate_limits=True)
    async with open_chat(limited, manual_clock) as server:
        ada = await server.person("ada")
        await asyncio.gather(*(ada.connect() for _ in range(50)))
        with pytest.raises(SocketIORefused) as refused:
            await ada.connect()
        assert refused.value.data["code"] == "rate_limited"
        assert refused.value.data["retry_after"] > 0
