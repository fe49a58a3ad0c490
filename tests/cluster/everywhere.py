"""What is the same for several workers and for several hosts, whoever is connected to which."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

from tests.cluster.listeners import Listener
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import SocketClient


async def hears_nothing_once_removed(owner: Person, member: Person, room_id: str, theirs: Sequence[Listener]) -> None:
    """Remove somebody from a room: they hear of that, not of what comes after it, and of another room again."""
    await owner.remove(room_id, member)
    await owner.post(room_id, "not for them")
    other = await owner.create_room(visibility="private")
    await owner.add(other.id, member)
    for listener in theirs:
        await listener.until(lambda: len(listener.changes) >= 2, "the removal, and the other room")  # noqa: B023
        first, second, *_ = listener.changes
        assert (first["type"], first["room_id"]) == ("member_left", room_id)
        assert second["room_id"] == other.id


async def goes_on_after_a_sign_out(owner: Person, staying: Sequence[Listener]) -> None:
    """Whoever stays hears what comes next, over the connection that they have."""
    room = await owner.create_room()
    for listener in staying:
        await listener.until(lambda: bool(listener.changes), "what comes after it")  # noqa: B023
        assert listener.changes[0]["room_id"] == room.id
        assert listener.lives == 1


async def comes_once(user_id: str, watching: Sequence[SocketClient]) -> None:
    """Somebody has come."""
    for client in watching:
        await client.wait_for("presence_changed", lambda news: news["user_id"] == user_id)


async def goes_once(user_id: str, watching: Sequence[SocketClient], late: Sequence[SocketClient] = ()) -> None:
    """Somebody goes, who had come while those who watch were there, and those who are late were not."""
    for client in [*watching, *late]:
        await client.wait_for("presence_changed", lambda n: (n["user_id"], n["status"]) == (user_id, "offline"))
    for client in watching:
        news = [each["status"] for each in client.named("presence_changed") if each["user_id"] == user_id]
        assert news == ["online", "offline"]


async def pollers_hear_each_other(server: Server, author: Person, count: int) -> None:
    """So many clients that only poll, each request by a connection that may lead to any server, and each writes."""
    room = await author.create_room()
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                await SocketClient.connect(server, token=author.token, transports=["polling"], tls=False)
            )
            for _ in range(count)
        ]
        posted = [
            await client.call("post_message", {"room_id": room.id, "body": "hello", "client_id": str(number)})
            for number, client in enumerate(clients)
        ]
        for client in clients:
            await client.wait_for("message_posted", lambda change: change["data"]["id"] == posted[-1]["id"])
            heard = [change["data"]["id"] for change in client.changes if change["type"] == "message_posted"]
            assert heard == [message["id"] for message in posted]
        # Before they leave: the poll of whoever leaves may be overtaken by its own goodbye, and is refused.
        assert [client.refusals for client in clients] == [[]] * count
