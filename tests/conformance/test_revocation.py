"""What is taken away is gone at once, on every connection; what is not stays."""

from __future__ import annotations

import asyncio
from typing import get_args

import pytest

from tests.support.node_client import NodeClient
from tests.support.people import PASSWORD, People, Person
from tests.support.sockets import Refused, SocketClient, Transport

TRANSPORTS: list[list[Transport]] = [[name] for name in get_args(Transport)]


async def other_session(people: People, person: Person) -> Person:
    return await people.sign_in(person.user.username, PASSWORD)


@pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)
async def test_signing_a_device_out_ends_its_sockets_and_no_others(
    people: People, transports: list[Transport]
) -> None:
    ada = await people.register()
    phone = await other_session(people, ada)
    async with (
        await SocketClient.connect(people.server, token=ada.token, transports=transports) as here,
        await SocketClient.connect(people.server, token=phone.token, transports=transports) as there,
    ):
        sessions = (await ada.request("GET", "/sessions")).json()["sessions"]
        (lost,) = [session["id"] for session in sessions if not session["current"]]
        await ada.request("DELETE", f"/sessions/{lost}")
        await there.wait_for_end(deadline=5.0)
        assert (await phone.client.get("/api/v1/users/me")).status_code == 401
        with pytest.raises(Refused) as refused:
            await SocketClient.connect(people.server, token=phone.token, transports=transports)
        assert refused.value.code == "unauthenticated"
        room = await ada.create_room()
        await here.wait_for("room_created", lambda change: change["room_id"] == room.id)


async def test_signing_out_here_ends_the_sockets_of_this_session(people: People) -> None:
    ada = await people.register()
    async with await SocketClient.connect(people.server, token=ada.token) as socket:
        await ada.request("DELETE", "/sessions/current")
        await socket.wait_for_end(deadline=5.0)


async def test_who_is_removed_from_a_private_room_hears_and_sees_nothing_more(people: People) -> None:
    ada, bo = await people.register(), await people.register()
    room = await ada.create_room(visibility="private")
    await ada.add(room.id, bo)
    before = await ada.post(room.id, "while bo is here")
    async with (
        await SocketClient.connect(people.server, token=ada.token) as ours,
        await SocketClient.connect(people.server, token=bo.token) as theirs,
    ):
        await ada.remove(room.id, bo)
        await theirs.wait_for("member_left", lambda change: change["data"]["user_id"] == bo.id)
        after = await ada.post(room.id, "when bo is gone")
        await ours.wait_for("message_posted", lambda change: change["data"]["id"] == after.id)
        for path in (
            f"/rooms/{room.id}",
            f"/rooms/{room.id}/messages",
            f"/rooms/{room.id}/members",
            f"/messages/{before.id}",
        ):
            answer = await bo.client.get(f"/api/v1{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        for command, data in (
            ("post_message", {"room_id": room.id, "body": "still here?", "client_id": "c"}),
            ("set_typing", {"room_id": room.id, "typing": True}),
            ("mark_read", {"room_id": room.id, "message_id": before.id}),
            ("add_reaction", {"message_id": before.id, "emoji": "👍"}),
        ):
            with pytest.raises(Refused) as refused:
                await theirs.call(command, data)
            assert refused.value.code == "not_found", command
        own = await bo.create_room()
        await theirs.wait_for("room_created", lambda change: change["room_id"] == own.id)
        assert [change["type"] for change in theirs.changes if change["room_id"] == room.id] == ["member_left"]


async def test_several_tabs_are_one_person_and_the_last_one_closes_the_door(people: People) -> None:
    ada, bo = await people.register(), await people.register()
    async with await SocketClient.connect(people.server, token=bo.token) as watching:

        def said_of_ada() -> list[str]:
            return [each["status"] for each in watching.named("presence_changed") if each["user_id"] == ada.id]

        tabs = [await SocketClient.connect(people.server, token=ada.token) for _ in range(3)]
        await watching.wait_until(lambda: said_of_ada() == ["online"], "ada to come online once")
        for tab in tabs[:2]:
            await tab.close()
        room = await ada.create_room()
        await tabs[2].wait_for("room_created", lambda change: change["room_id"] == room.id)
        assert said_of_ada() == ["online"]
        await tabs[2].drop()  # as a process that is killed does: no goodbye
        await tabs[2].close()
        await watching.wait_until(lambda: said_of_ada() == ["online", "offline"], "ada to go offline")
        async with await SocketClient.connect(people.server, token=bo.token) as late:
            (ready,) = late.named("ready")
            assert bo.id in ready["online"]
            assert ada.id not in ready["online"]


async def test_twenty_sockets_of_one_session_end_together(people: People) -> None:
    ada = await people.register()
    phone = await other_session(people, ada)
    sockets = await asyncio.gather(
        *(SocketClient.connect(people.server, token=phone.token, transports=["websocket"]) for _ in range(20))
    )
    await phone.request("DELETE", "/sessions/current")
    await asyncio.gather(*(socket.wait_for_end(deadline=5.0) for socket in sockets))
    await asyncio.gather(*(socket.close() for socket in sockets))


async def test_a_client_that_is_killed_leaves_no_ghost(people: People) -> None:
    """Neither here nor typing: its operating system closes the connection, and that is enough."""
    ada, bo = await people.register(), await people.register()
    room = await ada.create_room()
    await bo.join(room.id)
    async with await SocketClient.connect(people.server, token=bo.token) as watching:
        client = await NodeClient.connect(people.server, token=ada.token)
        await client.ask("set_typing", {"room_id": room.id, "typing": True})
        await client.kill()

        def said_of_ada() -> list[object]:
            about = [event for event in watching.events if event.data.get("user_id") == ada.id]
            return [event.data.get("status", event.data.get("typing")) for event in about]

        await watching.wait_until(lambda: "offline" in said_of_ada(), "ada to go offline")
        assert said_of_ada() == ["online", True, False, "offline"]
