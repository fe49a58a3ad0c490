"""Posting once, editing, deleting without a trace of the text, reading back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hubbub.contract import limits
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import EditMessage, Message, PostMessage
from hubbub.service.chat import Actor
from hubbub.service.memberships import remove_member
from hubbub.service.messages import (
    HistoryPage,
    add_reaction,
    delete_message,
    edit_message,
    get_message,
    list_messages,
    post_message,
    remove_reaction,
)
from tests.support.backends import World, open_world
from tests.support.rows import rows_in


async def post(world: World, actor: Actor, room_id: str, body: str, client_id: str | None = None) -> Message:
    return await post_message(world.chat, actor, room_id, PostMessage(body=body, client_id=client_id))


async def code_of(doing: object) -> ErrorCode:
    with pytest.raises(HubbubError) as refused:
        await doing  # type: ignore[misc]
    return refused.value.code


async def test_the_same_post_fifty_times_at_once_is_one_message(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        by_key = (post_message(world.chat, ada, room.id, PostMessage(body="hi"), key="c1") for _ in range(25))
        answers = await asyncio.gather(*(post(world, ada, room.id, "hi", "c1") for _ in range(25)), *by_key)
        assert all(answer == answers[0] for answer in answers)
        assert (await list_messages(world.chat, ada, room.id, HistoryPage())).messages == [answers[0]]


async def test_a_repeat_gets_the_first_answer_whatever_happened_since(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(bob, ada)
        first = await post(world, ada, room.id, "hi", "c1")
        await edit_message(world.chat, ada, first.id, EditMessage(body="hello"))
        assert await post(world, ada, room.id, "hi", "c1") == first
        await remove_member(world.chat, ada, room.id, ada.user.id)
        assert await post(world, ada, room.id, "hi", "c1") == first


async def test_another_message_under_the_same_key_is_a_conflict(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room, other = await world.room(ada, bob), await world.room(ada)
        await post(world, ada, room.id, "hi", "c1")
        assert await code_of(post(world, ada, room.id, "bye", "c1")) is ErrorCode.CONFLICT
        assert await code_of(post(world, ada, other.id, "hi", "c1")) is ErrorCode.CONFLICT
        assert (await post(world, bob, room.id, "bye", "c1")).body == "bye", "keys are each author's own"
        both = post_message(world.chat, ada, room.id, PostMessage(body="x", client_id="a"), key="b")
        assert await code_of(both) is ErrorCode.INVALID_FIELDS


async def test_a_deleted_text_is_nowhere_on_disk(tmp_path: Path) -> None:
    secret = "the combination is 7-23-5"
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        message = await post(world, ada, room.id, secret, "c1")
        await edit_message(world.chat, ada, message.id, EditMessage(body=f"{secret}!"))
        tombstone = await delete_message(world.chat, ada, message.id)
        assert await delete_message(world.chat, ada, message.id) == tombstone
        assert tombstone.body == ""
        assert await get_message(world.chat, ada, message.id) == tombstone
        assert await code_of(edit_message(world.chat, ada, message.id, EditMessage(body="x"))) is ErrorCode.GONE
        assert await code_of(add_reaction(world.chat, ada, message.id, "👍")) is ErrorCode.GONE
        assert (await post(world, ada, room.id, secret, "c1")).id == message.id
    assert secret not in rows_in(tmp_path / "hubbub.db")
    assert secret.encode() not in (tmp_path / "hubbub.db").read_bytes()


async def test_history_is_read_in_both_directions(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        posted = [(await post(world, ada, room.id, f"message {number}")).id for number in range(10)]

        async def page(**cursors: str) -> tuple[list[str], str | None, str | None]:
            found = await list_messages(world.chat, ada, room.id, HistoryPage(limit=4, **cursors))
            return [each.id for each in found.messages], found.before, found.after

        assert await page() == (posted[6:], posted[6], None)
        assert await page(before=posted[6]) == (posted[2:6], posted[2], posted[5])
        assert await page(before=posted[2]) == (posted[:2], None, posted[1])
        assert await page(before=posted[0]) == ([], None, None)
        assert await page(after=posted[1]) == (posted[2:6], posted[2], posted[5])
        assert await page(after=posted[8]) == (posted[9:], posted[9], None)
        assert (await page(around=posted[5]))[0] == posted[3:7]
        assert await page(around=posted[0]) == (posted[:4], None, posted[3])
        assert await code_of(page(before=posted[0], after=posted[1])) is ErrorCode.INVALID_REQUEST
        assert await code_of(page(before="nowhere")) is ErrorCode.INVALID_REQUEST


async def test_reactions_are_counted_once_each_and_bounded(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada, bob)
        message = await post(world, ada, room.id, "hi")
        await add_reaction(world.chat, ada, message.id, "👍")
        await add_reaction(world.chat, ada, message.id, "👍")
        both = await add_reaction(world.chat, bob, message.id, "👍")
        assert [(each.emoji, each.user_ids) for each in both.reactions] == [("👍", [ada.user.id, bob.user.id])]
        await remove_reaction(world.chat, ada, message.id, "👍")
        left = await remove_reaction(world.chat, ada, message.id, "👍")
        assert left.reactions[0].user_ids == [bob.user.id]
        for number in range(limits.REACTIONS_PER_MESSAGE - 1):
            await add_reaction(world.chat, ada, message.id, f"e{number}")
        assert await code_of(add_reaction(world.chat, ada, message.id, "one more")) is ErrorCode.CONFLICT
        assert await add_reaction(world.chat, ada, message.id, "👍")


async def test_only_the_author_edits_and_what_it_refers_to_is_there(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room, other = await world.room(ada, bob), await world.room(ada)
        message = await post(world, bob, room.id, "hi")
        assert await code_of(edit_message(world.chat, ada, message.id, EditMessage(body="x"))) is ErrorCode.FORBIDDEN
        reply = PostMessage(body="re", reply_to=message.id)
        assert (await post_message(world.chat, ada, room.id, reply)).reply_to == message.id
        assert await code_of(post_message(world.chat, ada, other.id, reply)) is ErrorCode.INVALID_FIELDS
        upload = PostMessage(body="see", attachments=["nothing"])
        assert await code_of(post_message(world.chat, ada, room.id, upload)) is ErrorCode.INVALID_FIELDS
