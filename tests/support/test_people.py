from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.node_client import NodeClient
from tests.support.people import People
from tests.support.server import ServerProcess, running_server
from tests.support.sockets import SocketClient


async def test_they_write_and_read(people: People) -> None:
    ada, bob = await people.register(display_name="Ada"), await people.register()
    room = await ada.create_room("Reading", topic="Books")
    await bob.join(room.id)
    message = await ada.post(room.id, "Hello.", client_id="first")
    await bob.react(message.id, "👍")
    await ada.edit(message.id, "Hello, Bob.")
    await bob.mark_read(room.id, message.id)
    [found] = (await bob.history(room.id)).messages
    assert (found.body, found.reactions[0].user_ids) == ("Hello, Bob.", [bob.id])
    [mine] = [r for r in await bob.rooms() if r.id == room.id]
    assert mine.membership is not None
    assert mine.membership.read_message_id == message.id


async def test_the_owner_invites(tmp_path: Path) -> None:
    async with running_server(tmp_path, env={"HUBBUB_RATE_LIMITS": "off"}) as server, People(server) as people:
        owner = await people.register("ada")
        bob, eve = await people.invited(owner, ["bob", "eve"])
        assert [person.user.role for person in (owner, bob, eve)] == ["owner", "member", "member"]
        again = await people.sign_in("bob")
        assert again.id == bob.id
        with pytest.raises(AssertionError, match="403"):
            await people.register("mallory")


@pytest.mark.parametrize("http2", [True, False])
async def test_they_speak_either_protocol(shared_server: ServerProcess, http2: bool) -> None:
    async with People(shared_server, http2=http2) as people:
        person = await people.register()
        response = await person.request("GET", "/users/me")
        assert response.http_version == ("HTTP/2" if http2 else "HTTP/1.1")


async def test_every_client_hears_of_a_message(shared_server: ServerProcess, people: People) -> None:
    ada = await people.register()
    room = await ada.create_room()
    async with (
        await SocketClient.connect(shared_server, token=ada.token) as python,
        await NodeClient.connect(shared_server, token=ada.token) as javascript,
    ):
        message = await ada.post(room.id, "Hello.")
        change = await python.wait_for("message_posted")
        assert change["data"]["id"] == message.id
        assert await javascript.wait_for("message_posted") == change
