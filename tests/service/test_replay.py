"""Reading the log from a cursor: a page at a time, each change once, none of another log."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import PostMessage
from hubbub.domain.cursors import encode_cursor
from hubbub.service.messages import post_message
from hubbub.service.replay import get_changes, place_of
from tests.support.backends import open_world


async def test_pages_together_are_the_whole_and_say_when_to_go_on(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room, hidden = await world.room(ada), await world.room(bob)
        for number in range(20):
            await post_message(world.chat, ada, room.id, PostMessage(body=str(number)))
            await post_message(world.chat, bob, hidden.id, PostMessage(body="not for ada"))
        start = encode_cursor(world.chat.store.epoch, 0)
        whole = await get_changes(world.chat, ada, since=start, limit=1000)
        assert not whole.more
        places = [await place_of(world.chat, change.cursor) for change in whole.changes]
        assert places == sorted(set(places))
        assert {change.room_id for change in whole.changes} == {None, room.id}
        cursor, found = start, []
        while True:
            page = await get_changes(world.chat, ada, since=cursor, limit=7)
            found += page.changes
            assert len(page.changes) <= 7
            cursor = page.cursor
            if not page.more:
                break
        assert found == whole.changes
        assert (await get_changes(world.chat, ada, since=cursor, limit=7)).changes == []
        assert await place_of(world.chat, cursor) == world.chat.store.head


async def test_a_place_that_this_log_does_not_have_is_gone(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        ahead = encode_cursor(world.chat.store.epoch, world.chat.store.head + 1)
        for cursor in (ahead, encode_cursor("00000000", 1)):
            with pytest.raises(HubbubError) as refused:
                await get_changes(world.chat, ada, since=cursor, limit=1)
            assert refused.value.code is ErrorCode.GONE


async def test_a_cursor_behind_what_another_process_wrote_is_good(tmp_path: Path) -> None:
    """The `hubbub` command makes accounts beside a running server, which hears of that with its own next commit."""
    async with open_world(tmp_path) as world, open_world(tmp_path) as other:
        ada = await world.person("ada")
        start = encode_cursor(world.chat.store.epoch, world.chat.store.head)
        bob = await other.person("bob")
        page = await get_changes(world.chat, ada, since=start, limit=10)
        assert [change.actor_id for change in page.changes] == [bob.user.id]
        again = await get_changes(world.chat, ada, since=page.cursor, limit=10)
        assert (again.changes, again.cursor) == ([], page.cursor)
