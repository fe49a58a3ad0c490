"""Socket.IO at a real server: what a session lets one do, and what its end does.

What both socket transports share is tested beside `client` and `commands`; the rows of the contract beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.people import People
from tests.support.server import ServerProcess
from tests.support.sockets import Refused, SocketClient

SIGNED_OUT_SECONDS = 1.0


async def test_a_socket_moves_to_a_new_session_and_outlives_the_old_one(
    shared_server: ServerProcess, people: People
) -> None:
    old = await people.register()
    async with await SocketClient.connect(shared_server, token=old.token) as socket:
        new = await people.sign_in(old.user.username)
        assert (await socket.call("refresh_auth", {"token": new.token})).keys() == {"expires_at"}
        await old.request("DELETE", "/sessions/current")
        room = await socket.call("create_room", {"name": "Den", "visibility": "public"})
        await new.post(room["id"], "still here")
        await socket.wait_for("message_posted")
        began = time.monotonic()
        await new.request("DELETE", "/sessions/current")
        await socket.wait_for_end()
        assert time.monotonic() - began < SIGNED_OUT_SECONDS


async def test_a_socket_stays_whose_it_is(shared_server: ServerProcess, people: People) -> None:
    ada, bob = await people.register(), await people.register()
    async with await SocketClient.connect(shared_server, token=ada.token) as socket:
        for token, code in ((bob.token, "forbidden"), ("nobody's", "unauthenticated")):
            with pytest.raises(Refused) as refused:
                await socket.call("refresh_auth", {"token": token})
            assert refused.value.code == code
        assert (await socket.call("create_room", {"name": "Den", "visibility": "public"}))["name"] == "Den"


async def test_a_command_takes_one_object(shared_server: ServerProcess, people: People) -> None:
    ada = await people.register()
    async with await SocketClient.connect(shared_server, token=ada.token) as socket:
        for answer in (await socket.ask("join_room"), await socket.ask("join_room", ({}, {}))):
            assert answer["error"]["code"] == "invalid_request"


@pytest.fixture
def limited_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """One with the limits of everyday."""
    server = ServerProcess(tmp_path, env={"HUBBUB_REGISTRATION": "open"})
    try:
        server.start()
        yield server
        server.end()
    finally:
        server.release()


async def test_one_person_holds_fifty_connections(limited_server: ServerProcess) -> None:
    async with People(limited_server) as people:
        ada = await people.register()
        sockets = [await SocketClient.connect(limited_server, token=ada.token) for _ in range(50)]
        with pytest.raises(Refused) as refused:
            await SocketClient.connect(limited_server, token=ada.token)
        assert refused.value.code == "rate_limited"
        assert refused.value.error["retry_after"] > 0
        await asyncio.gather(*(socket.close() for socket in sockets))
