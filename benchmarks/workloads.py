"""What is asked of a server, and that what was counted is complete and correct."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

IN_FLIGHT = 16
PAGE = 50


@dataclass(frozen=True)
class Room:
    """A signed-in session at a server, and a room to work in."""

    http: aiohttp.ClientSession
    id: str
    token: str


async def open_room(http: aiohttp.ClientSession) -> Room:
    """A fresh account's fresh room with a page of messages in it."""
    account = {"username": f"u{time.time_ns()}", "password": "a long enough password"}
    async with http.post("/api/v1/users", json=account) as made:
        token = (await made.json())["token"]
    http.headers["Authorization"] = f"Bearer {token}"
    async with http.post("/api/v1/rooms", json={"name": "Bench", "visibility": "private"}) as made:
        room = Room(http, (await made.json())["id"], token)
    for number in range(PAGE):
        await post(room, f"before {number}")
    return room


async def post(room: Room, body: str) -> None:
    """Post a message and wait until it is on the disk."""
    async with room.http.post(f"/api/v1/rooms/{room.id}/messages", json={"body": body}) as answer:
        assert answer.status == 201, await answer.text()
        await answer.read()


async def requests_per_second(ask: Callable[[], Awaitable[None]], count: int) -> float:
    """`count` times `ask`, `IN_FLIGHT` of them at once."""
    waiting = iter(range(count))

    async def work() -> None:
        for _ in waiting:
            await ask()

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return count / (time.perf_counter() - start)


async def bare(http: aiohttp.ClientSession, count: int) -> float:
    """Requests a second of the bare application."""

    async def ask() -> None:
        async with http.get("/") as answer:
            assert await answer.read() == b"{}"

    return await requests_per_second(ask, count)


async def posts(room: Room, count: int) -> float:
    """Durable posts a second over REST; afterwards the newest page holds the newest of them."""
    numbers = iter(range(count))
    rate = await requests_per_second(lambda: post(room, f"post {next(numbers)}"), count)
    async with room.http.get(f"/api/v1/rooms/{room.id}/messages", params={"limit": 1}) as answer:
        newest = (await answer.json())["messages"][0]["body"]
    assert int(newest.removeprefix("post ")) >= count - IN_FLIGHT
    return rate


async def pages(room: Room, count: int) -> float:
    """History pages of fifty messages a second."""

    async def ask() -> None:
        async with room.http.get(f"/api/v1/rooms/{room.id}/messages", params={"limit": PAGE}) as answer:
            assert len((await answer.json())["messages"]) == PAGE

    return await requests_per_second(ask, count)


async def fan_out(room: Room, receivers: int, count: int) -> float:
    """Deliveries a second: `count` posts, each to every receiver's WebSocket, each receiver's in order."""
    listening = [asyncio.Event() for _ in range(receivers)]
    hearing = [asyncio.create_task(_hear(room, event, count)) for event in listening]
    await asyncio.gather(*(event.wait() for event in listening))
    start = time.perf_counter()
    await requests_per_second(lambda: post(room, "to all"), count)
    heard = await asyncio.gather(*hearing)
    elapsed = time.perf_counter() - start
    assert all(each == heard[0] and len(each) == count for each in heard), "everybody heard all of it, in one order"
    return receivers * count / elapsed


async def _hear(room: Room, listening: asyncio.Event, count: int) -> list[str]:
    """The cursors of `count` posts, in the order in which a Socket.IO client hears them."""
    cursors: list[str] = []
    async with room.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
        await socket.receive_str()
        await socket.send_str(f"40{json.dumps({'token': room.token})}")
        async for frame in socket:
            text = str(frame.data)
            if text == "2":
                await socket.send_str("3")
            elif text.startswith('42["ready"'):
                listening.set()
            elif text.startswith('42["message_posted"'):
                cursors.append(json.loads(text[2:])[1]["cursor"])
                if len(cursors) == count:
                    break
    return cursors
