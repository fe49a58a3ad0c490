"""Whatever changes while somebody connects: they hear what is theirs from there on, and leave no trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.service import memberships, rooms, sessions
from hubbub.store.connection import Connection
from tests.live.ears import Ear
from tests.live.listening import post, published
from tests.support.backends import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, rate_limits=False) as world:
        yield world


class HeldReads:
    """Lets the answers of the store wait on their way back, so that much can happen before they arrive."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.asked = asyncio.Event()
        self._let_go = asyncio.Event()
        self._read = world.chat.store.read
        self._patch = patch
        patch.setattr(world.chat.store, "read", self._held)

    def release(self) -> None:
        self._patch.undo()
        self._let_go.set()

    async def _held(self, work: Callable[[Connection], object]) -> object:
        answer = await self._read(work)
        self.asked.set()
        await self._let_go.wait()
        return answer


async def test_joining_while_the_rooms_are_looked_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada)
    held, ear = HeldReads(world, monkeypatch), Ear()
    connecting = asyncio.create_task(world.hub.subscribe("b", bob, ear))
    await held.asked.wait()
    await memberships.add_member(world.chat, bob, room.id, bob.user.id)
    await published(world)
    held.release()
    subscription = await connecting
    joined = subscription.position
    await world.hub.catch_up(subscription, None, lambda: None)
    await post(world, ada, room.id)
    await published(world)
    assert ear.change_ids == [joined + 1]


@pytest.mark.parametrize("way", ["left", "deleted"])
async def test_a_room_that_goes_while_the_rooms_are_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    room, other = await world.room(ada, bob), await world.room(ada, bob)
    held, ear = HeldReads(world, monkeypatch), Ear()
    connecting = asyncio.create_task(world.hub.subscribe("b", bob, ear))
    await held.asked.wait()
    if way == "left":
        await memberships.remove_member(world.chat, ada, room.id, bob.user.id)
    else:
        await rooms.delete_room(world.chat, ada, room.id)
    await published(world)
    held.release()
    subscription = await connecting
    assert list(world.hub.audience.room_ids) == [other.id]
    since = subscription.position - 1
    await world.hub.catch_up(subscription, since, lambda: None)
    assert [event for event, _ in ear.events] == [{"left": "member_left", "deleted": "room_deleted"}[way]]


async def test_a_session_that_ends_while_its_rooms_are_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await world.person("ada")
    await world.room(ada)
    held = HeldReads(world, monkeypatch)
    connecting = asyncio.create_task(world.hub.subscribe("a", ada, Ear()))
    await held.asked.wait()
    await sessions.end_session(world.chat, ada, ada.session_id)
    held.release()
    with pytest.raises(HubbubError) as refused:
        await connecting
    assert refused.value.code is ErrorCode.UNAUTHENTICATED
    assert world.hub.subscription_count == 0


async def test_a_session_that_ended_after_its_actor_was_let_in(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await sessions.end_session(world.chat, ada, ada.session_id)
    await world.room(bob)
    await published(world)  # and with it, that the session ended
    with pytest.raises(HubbubError) as refused:
        await world.hub.subscribe("a", ada, Ear())
    assert refused.value.code is ErrorCode.UNAUTHENTICATED
    assert not world.hub.audience.room_ids


async def test_two_tabs_open_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look the rooms up, as neither knows that the other does; the first may be gone before it is told."""
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    held, ear = HeldReads(world, monkeypatch), Ear()
    first = asyncio.create_task(world.hub.subscribe("1", bob, Ear()))
    second = asyncio.create_task(world.hub.subscribe("2", bob, ear))
    await held.asked.wait()
    first.cancel()
    held.release()
    await world.hub.catch_up(await second, None, lambda: None)
    await post(world, ada, room.id)
    await published(world)
    assert first.cancelled()
    assert len(ear.change_ids) == 1
    assert world.hub.subscription_count == 1
