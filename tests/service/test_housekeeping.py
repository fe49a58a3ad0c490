"""What time leaves behind goes, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hubbub.contract.errors import HubbubError
from hubbub.contract.models import CreateInvite, EditMessage, PostMessage, SignIn
from hubbub.service.accounts import create_invite
from hubbub.service.chat import SessionEnded
from hubbub.service.housekeeping import MESSAGES_AT_ONCE, tidy
from hubbub.service.messages import add_reaction, delete_message, edit_message, get_message, post_message
from hubbub.service.rooms import delete_room
from hubbub.service.searching import Search, search_messages
from hubbub.service.sessions import LIFETIME, authenticate, sign_in
from hubbub.store.database import Committed
from hubbub.store.search import select_erased
from tests.support.backends import PASSWORD, open_world
from tests.support.rows import rows_in


async def test_the_texts_of_a_deleted_room_are_nowhere_on_disk(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        doomed, kept = await world.room(ada), await world.room(ada)
        first = await post_message(world.chat, ada, doomed.id, PostMessage(body="a secret of the room"))
        await edit_message(world.chat, ada, first.id, EditMessage(body="another secret of the room"))
        await add_reaction(world.chat, ada, first.id, "👍")
        for number in range(MESSAGES_AT_ONCE):
            reply = PostMessage(body=f"secret {number} of the room", reply_to=first.id)
            await post_message(world.chat, ada, doomed.id, reply)
        stays = await post_message(world.chat, ada, kept.id, PostMessage(body="this stays"))
        await tidy(world.chat)
        assert (await get_message(world.chat, ada, first.id)).body == "another secret of the room"
        await delete_room(world.chat, ada, doomed.id)
        await tidy(world.chat)
        head = world.chat.store.head
        await tidy(world.chat)
        assert world.chat.store.head == head
        assert await get_message(world.chat, ada, stays.id) == stays
    assert "of the room" not in rows_in(tmp_path / "hubbub.db")


async def test_the_words_of_what_was_deleted_are_nowhere_on_disk(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        ada = await world.person("ada")
        doomed, kept = await world.room(ada), await world.room(ada)
        message = await post_message(world.chat, ada, kept.id, PostMessage(body="confidential"))
        await post_message(world.chat, ada, doomed.id, PostMessage(body="incriminating"))
        await post_message(world.chat, ada, kept.id, PostMessage(body="harmless"))
        assert len((await search_messages(world.chat, ada, Search("confidential"))).messages) == 1
        await delete_message(world.chat, ada, message.id)
        await delete_room(world.chat, ada, doomed.id)
        await tidy(world.chat)
        assert await world.chat.store.read(select_erased) == 0
        assert len((await search_messages(world.chat, ada, Search("harmless"))).messages) == 1
    rows = rows_in(tmp_path / "hubbub.db")
    # FTS5 writes what a word shares with the one before it only once.
    for stays, word in [(True, "armless"), (False, "onfidential"), (False, "ncriminating")]:
        assert (word in rows) is stays


async def test_what_has_expired_goes_and_its_sockets_are_told(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        notices: list[object] = []

        def note(committed: Committed) -> None:
            notices.extend(committed.notices)

        world.chat.store.on_commit(note)
        ada = await world.person("ada")
        await create_invite(world.chat, ada, CreateInvite(), key=None)
        world.clock.advance(LIFETIME / timedelta(seconds=1) - 60)
        fresh = await sign_in(world.chat, SignIn(username="ada", password=PASSWORD), user_agent="test", key=None)
        world.clock.advance(60)
        await tidy(world.chat)
        assert notices == [SessionEnded(ada.user.id, frozenset({ada.session_id}))]
        assert (await authenticate(world.chat, fresh.token)).user == ada.user
        world.clock.advance(LIFETIME / timedelta(seconds=1))
        with pytest.raises(HubbubError):
            await authenticate(world.chat, fresh.token)
