"""Finding the room or message that a use case is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import PostMessage, Room
from hubbub.domain.permissions import Action
from hubbub.service.messages import post_message
from hubbub.service.places import message_for, room_for, seq_in_room, shared_part
from tests.support.backends import open_world


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
