"""Finding the room or message that a use case is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import PostMessage, Room
from hubbub.domain.permissions import Action
from hubbub.service.chat import Actor
from hubbub.service.messages import post_message
from hubbub.service.places import check_room, message_for, room_for, seq_in_room, shared_part
from tests.support.backends import World, open_world


async def test_a_message_of_a_hidden_room_cannot_be_told_from_none(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada, visibility="private")
        message = await post_message(world.chat, ada, room.id, PostMessage(body="hi"))
        told = set()
        for message_id in (message.id, "never was"):
            with pytest.raises(HubbubError) as refused:
                await world.chat.store.read(lambda c, m=message_id: message_for(c, bob, m, Action.READ))  # type: ignore[misc]
            told.add((refused.value.code, refused.value.detail))
        assert len(told) == 1
        found = await world.chat.store.read(lambda c: message_for(c, ada, message.id, Action.EDIT_MESSAGE))
        assert found[0] == message


async def test_a_message_has_its_place_in_its_own_room_only(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        room, other = await world.room(ada), await world.room(ada)
        message = await post_message(world.chat, ada, room.id, PostMessage(body="hi"))
        assert await world.chat.store.read(lambda c: seq_in_room(c, room.id, message.id)) == 1
        assert await world.chat.store.read(lambda c: seq_in_room(c, other.id, message.id)) is None


async def test_the_shared_part_says_nothing_of_the_viewer(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        mine = await world.chat.store.read(lambda c: room_for(c, ada, room.id, Action.READ))
        assert set(shared_part(mine).model_dump()) == set(Room.model_fields)


async def test_who_may_not_is_told_so(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada)
        with pytest.raises(HubbubError) as refused:
            await world.chat.store.read(lambda c: room_for(c, bob, room.id, Action.CHANGE_ROOM))
        assert refused.value.code is ErrorCode.FORBIDDEN


async def test_to_check_a_room_refuses_as_to_find_it_does(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        public, private = await world.room(ada), await world.room(ada, visibility="private")
        for actor, room_id, action in (
            (ada, public.id, Action.POST),
            (bob, public.id, Action.POST),
            (bob, public.id, Action.READ),
            (bob, private.id, Action.POST),
            (bob, "never was", Action.POST),
            (ada, private.id, Action.CHANGE_ROOM),
        ):
            told = [await _refusal(world, find, actor, room_id, action) for find in (room_for, check_room)]
            assert told[0] == told[1]
        assert await _refusal(world, check_room, bob, private.id, Action.POST) is not None
        assert await _refusal(world, check_room, ada, private.id, Action.POST) is None


async def _refusal(
    world: World, find: Callable[..., object], actor: Actor, room_id: str, action: Action
) -> tuple[ErrorCode, str] | None:
    try:
        await world.chat.store.read(lambda connection: find(connection, actor, room_id, action))
    except HubbubError as error:
        return error.code, error.detail
    return None
