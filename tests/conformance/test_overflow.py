"""A client that does not read is dropped from nothing: it is told where to go on, and the log heals the rest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.composite.sockets.limits import SocketLimits
from hubbub.contract.limits import BODY_CHARS
from tests.support.people import People, Person
from tests.support.reading import read_log
from tests.support.sockets import SocketClient
from tests.support.wire import Way, WireSocket

LARGE = "🙂" * BODY_CHARS
Json = dict[str, Any]


async def post_many(person: Person, room_id: str, bodies: list[str]) -> None:
    """A few at a time."""
    numbers = iter(range(len(bodies)))

    async def post() -> None:
        for number in numbers:
            await person.post(room_id, bodies[number])

    await asyncio.gather(*(post() for _ in range(4)))


def enough(way: Way) -> list[str]:
    """Messages that are more than a connection that nobody reads holds, whatever the kernel holds of them."""
    limits = SocketLimits()
    if way == "polling":
        return ["short"] * (limits.outbox_packets + 50)
    kernel_bytes = 8 * 1024 * 1024  # the two buffers of one connection on Linux, at their largest
    return [LARGE] * ((limits.outbox_bytes + kernel_bytes) // len(LARGE.encode()) + 50)


async def test_who_does_not_read_gets_the_latest_of_what_is_not_in_the_log(people: People) -> None:
    ada, bob = await people.register(), await people.register()
    room = (await ada.create_room()).id
    await bob.join(room)
    async with (
        await SocketClient.connect(people.server, token=ada.token) as writing,
        await WireSocket.connect(people.server, "polling", token=bob.token) as slow,
    ):
        slow.reading.clear()
        await writing.ask("set_typing", {"room_id": room, "typing": True})
        await slow.wait_for("typing_changed")  # what it asked for before it stopped
        limits = SocketLimits()
        for number in range(limits.outbox_packets):  # two of them each, if they were kept
            await writing.ask("set_typing", {"room_id": room, "typing": False})
            await writing.ask("set_typing", {"room_id": room, "typing": number < limits.outbox_packets - 1})
        last = await ada.post(room, "after")
        slow.reading.set()
        await slow.wait_for("message_posted", lambda change: bool(change["data"]["id"] == last.id))
        assert [told["typing"] for told in slow.named("typing_changed")] == [True, False]
        assert slow.named("resync") == []


@pytest.mark.parametrize("way", ["polling", "upgrade"])
async def test_who_does_not_read_gets_a_resync_and_misses_nothing(people: People, way: Way) -> None:
    ada, bob = await people.register(), await people.register()
    room = (await ada.create_room()).id
    await bob.join(room)
    async with (
        await SocketClient.connect(people.server, token=bob.token) as quick,
        await WireSocket.connect(people.server, way, token=bob.token) as slow,
    ):
        await ada.post(room, "before")
        await slow.wait_for("message_posted")
        slow.reading.clear()
        await post_many(ada, room, enough(way))
        slow.reading.set()
        resync = await slow.wait_for("resync")
        last = await ada.post(room, "after")
        await slow.wait_for("message_posted", lambda change: bool(change["data"]["id"] == last.id))
        await quick.wait_for("message_posted", lambda change: bool(change["data"]["id"] == last.id))

        assert resync["reason"] == "overflow"
        assert len(slow.named("resync")) == 1
        place = [event.name for event in slow.events].index("resync")
        before = [event.data for event in slow.events[:place] if event.cursor]
        live = [event.data for event in slow.events[place:] if event.cursor]
        log, _ = await read_log(quick, slow.named("ready")[0]["cursor"], limit=100)
        missed, _ = await read_log(quick, before[-1]["cursor"], limit=100)
        missed = missed[: len(missed) - len(live)]
        assert missed[-1]["cursor"] == resync["cursor"]
        assert before + missed + live == log
        assert len(missed) > len(live)
        assert quick.changes[-len(log) :] == log
        assert quick.named("resync") == []
