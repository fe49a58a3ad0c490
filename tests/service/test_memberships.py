"""Joining, leaving, passing a room on, and how far somebody has read."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import MarkRead, OpenDirectRoom, PostMessage
from hubbub.service.memberships import add_member, check_may_type, list_members, mark_read, remove_member
from hubbub.service.messages import post_message
from hubbub.service.replay import get_changes
from hubbub.service.rooms import get_room, open_direct_room
from tests.support.backends import open_world


async def test_an_owner_who_leaves_passes_the_room_on(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
        room = await world.room(ada, bob)
        world.clock.advance(60)
        await add_member(world.chat, cleo, room.id, cleo.user.id)
        await remove_member(world.chat, ada, room.id, ada.user.id)
        members = (await list_members(world.chat, cleo, room.id, after=None, limit=10)).members
        assert {each.user_id: each.role for each in members} == {bob.user.id: "owner", cleo.user.id: "member"}
        seen = (await get_changes(world.chat, cleo, since=f"{world.chat.store.epoch}-0", limit=100)).changes
        assert [each.type for each in seen if each.room_id == room.id] == [
            "member_joined",
            "member_left",
            "member_changed",
        ]


async def test_the_last_one_out_of_a_private_room_closes_it(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        private, public = await world.room(ada, visibility="private"), await world.room(ada)
        for room in (private, public):
            await remove_member(world.chat, ada, room.id, ada.user.id)
        with pytest.raises(HubbubError):
            await get_room(world.chat, ada, private.id)
        assert (await get_room(world.chat, ada, public.id)).member_count == 0


async def test_adding_and_joining_twice_is_as_good_as_once(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada, visibility="private")
        with pytest.raises(HubbubError) as refused:
            await add_member(world.chat, bob, room.id, bob.user.id)
        assert refused.value.code is ErrorCode.NOT_FOUND
        first = await add_member(world.chat, ada, room.id, bob.user.id)
        assert await add_member(world.chat, ada, room.id, bob.user.id) == first
        assert (await get_room(world.chat, bob, room.id)).member_count == 2
        with pytest.raises(HubbubError) as nobody:
            await add_member(world.chat, ada, room.id, "nobody")
        assert nobody.value.code is ErrorCode.NOT_FOUND
        with pytest.raises(HubbubError) as not_theirs:
            await remove_member(world.chat, bob, room.id, ada.user.id)
        assert not_theirs.value.code is ErrorCode.FORBIDDEN


async def test_who_was_removed_learns_that_and_nothing_more(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada, bob, visibility="private")
        await post_message(world.chat, ada, room.id, PostMessage(body="before"))
        await remove_member(world.chat, ada, room.id, bob.user.id)
        await post_message(world.chat, ada, room.id, PostMessage(body="after"))
        seen = (await get_changes(world.chat, bob, since=f"{world.chat.store.epoch}-0", limit=100)).changes
        assert [each.type for each in seen if each.room_id == room.id] == ["member_left"]


async def test_read_marks_move_forward_and_count(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada, bob)
        posted = [await post_message(world.chat, ada, room.id, PostMessage(body=str(n))) for n in range(3)]

        async def unread() -> int:
            membership = (await get_room(world.chat, bob, room.id)).membership
            assert membership is not None
            return membership.unread_count

        assert await unread() == 3
        mark = await mark_read(world.chat, bob, room.id, MarkRead(message_id=posted[1].id))
        assert (mark.message_id, mark.unread_count) == (posted[1].id, 1)
        head = world.chat.store.head
        assert await mark_read(world.chat, bob, room.id, MarkRead(message_id=posted[0].id)) == mark
        assert world.chat.store.head == head
        await post_message(world.chat, bob, room.id, PostMessage(body="mine"))
        assert await unread() == 0
        with pytest.raises(HubbubError) as refused:
            await mark_read(world.chat, bob, room.id, MarkRead(message_id="nowhere"))
        assert refused.value.errors[0].path == "message_id"


async def test_direct_messages_keep_their_people(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob, cleo = [await world.person(name) for name in ("ada", "bob", "cleo")]
        room = await open_direct_room(world.chat, ada, OpenDirectRoom(user_ids=[bob.user.id]), key=None)
        for doing in (
            add_member(world.chat, ada, room.id, cleo.user.id),
            remove_member(world.chat, ada, room.id, bob.user.id),
            remove_member(world.chat, ada, room.id, ada.user.id),
        ):
            with pytest.raises(HubbubError) as refused:
                await doing
            assert refused.value.code is ErrorCode.FORBIDDEN


async def test_typing_is_for_members(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada)
        await check_may_type(world.chat, ada, room.id)
        with pytest.raises(HubbubError) as refused:
            await check_may_type(world.chat, bob, room.id)
        assert refused.value.code is ErrorCode.FORBIDDEN
