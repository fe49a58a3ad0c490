"""Rooms: made, found, changed, deleted; invisible to those they are not for."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import ChangeRoom, CreateRoom, OpenDirectRoom
from hubbub.service.replay import get_changes
from hubbub.service.rooms import change_room, create_room, delete_room, get_room, list_rooms, open_direct_room
from tests.support.backends import open_world


async def test_a_private_room_is_not_there_for_others(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(bob, visibility="private")
        doings = (
            get_room(world.chat, ada, room.id),
            change_room(world.chat, ada, room.id, ChangeRoom(name="x")),
            delete_room(world.chat, ada, room.id),
        )
        for doing in doings:
            with pytest.raises(HubbubError) as refused:
                await doing
            assert refused.value.code is ErrorCode.NOT_FOUND
        assert (await list_rooms(world.chat, ada, after=None, limit=10)).rooms == []


async def test_a_repeat_makes_no_second_room(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        request = CreateRoom(name="Den", visibility="public")
        first = await create_room(world.chat, ada, request, key="k")
        assert await create_room(world.chat, ada, request, key="k") == first
        with pytest.raises(HubbubError) as refused:
            await create_room(world.chat, ada, CreateRoom(name="Lab", visibility="public"), key="k")
        assert refused.value.code is ErrorCode.CONFLICT
        assert [room.id for room in (await list_rooms(world.chat, ada, after=None, limit=10)).rooms] == [first.id]


async def test_direct_messages_have_one_room_whoever_opens_it(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        mine = await open_direct_room(world.chat, ada, OpenDirectRoom(user_ids=[bob.user.id]), key=None)
        theirs = await open_direct_room(world.chat, bob, OpenDirectRoom(user_ids=[ada.user.id, bob.user.id]), key=None)
        assert mine.id == theirs.id
        assert sorted(mine.user_ids) == sorted([ada.user.id, bob.user.id])
        assert (mine.direct, mine.visibility, mine.member_count) == (True, "private", 2)
        with pytest.raises(HubbubError) as refused:
            await open_direct_room(world.chat, ada, OpenDirectRoom(user_ids=[bob.user.id, "nobody"]), key=None)
        assert [each.path for each in refused.value.errors] == ["user_ids.1"]
        with pytest.raises(HubbubError) as kept:
            await change_room(world.chat, ada, mine.id, ChangeRoom(name="x"))
        assert kept.value.code is ErrorCode.FORBIDDEN


async def test_what_is_the_same_already_is_no_change(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        head = world.chat.store.head
        assert await change_room(world.chat, ada, room.id, ChangeRoom(name="Den", topic="")) == room
        assert world.chat.store.head == head
        changed = await change_room(world.chat, ada, room.id, ChangeRoom(topic="Of dragons"))
        assert (changed.name, changed.topic) == ("Den", "Of dragons")


async def test_a_deleted_room_is_told_to_its_members_and_is_gone(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
        room = await world.room(bob, cleo)
        start = f"{world.chat.store.epoch}-0"
        with pytest.raises(HubbubError) as refused:
            await delete_room(world.chat, cleo, room.id)
        assert refused.value.code is ErrorCode.FORBIDDEN
        await delete_room(world.chat, ada, room.id)  # the server's owner may, in a public room
        with pytest.raises(HubbubError):
            await get_room(world.chat, bob, room.id)
        for person in (bob, cleo):
            seen = (await get_changes(world.chat, person, since=start, limit=100)).changes
            assert [each.type for each in seen if each.room_id == room.id] == ["room_deleted"]
        seen = (await get_changes(world.chat, ada, since=start, limit=100)).changes
        assert [each.type for each in seen if each.room_id == room.id] == []
