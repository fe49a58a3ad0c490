"""Who finds what, and that the index keeps up with the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import ChangeRoom, EditMessage, PostMessage
from hubbub.service import searching
from hubbub.service.chat import Actor
from hubbub.service.memberships import add_member, remove_member
from hubbub.service.messages import delete_message, edit_message, post_message
from hubbub.service.rooms import change_room, delete_room
from hubbub.service.searching import INDEX_BEHIND, Indexer, Search, search_messages
from hubbub.store.connection import Searchable
from hubbub.store.database import Transaction
from hubbub.store.errors import busy
from hubbub.store.log import select_head
from hubbub.store.search import select_hits, select_indexed_to
from hubbub.store.words import Wanted
from tests.store.places import Place
from tests.support.backends import World, open_world
from tests.support.deadline import eventually


async def post(world: World, actor: Actor, room_id: str, body: str) -> str:
    return (await post_message(world.chat, actor, room_id, PostMessage(body=body))).id


async def bodies(
    world: World, actor: Actor, q: str, room_id: str | None = None, author_id: str | None = None
) -> list[str]:
    found = await search_messages(world.chat, actor, Search(q, room_id, author_id))
    assert found.before is None
    return [message.body for message in found.messages]


async def code_of(world: World, actor: Actor, search: Search) -> ErrorCode:
    with pytest.raises(HubbubError) as refused:
        await search_messages(world.chat, actor, search)
    return refused.value.code


async def test_somebody_finds_what_they_may_read_and_nothing_else(place: Place) -> None:
    async with open_world(place) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        hidden = await world.room(bob, visibility="private")
        shared = await world.room(bob, ada, visibility="private")
        public = await world.room(bob)
        for room in (hidden, shared, public):
            await post(world, bob, room.id, f"plan of {room.id}")
        assert await bodies(world, ada, "plan") == [f"plan of {public.id}", f"plan of {shared.id}"]
        assert len(await bodies(world, bob, "plan")) == 3

        await add_member(world.chat, bob, hidden.id, ada.user.id)
        assert len(await bodies(world, ada, "plan")) == 3, "who joins may read what was before"
        await remove_member(world.chat, ada, hidden.id, ada.user.id)
        await change_room(world.chat, bob, public.id, ChangeRoom(visibility="private"))
        assert await bodies(world, ada, "plan") == [f"plan of {shared.id}"]
        await delete_room(world.chat, bob, shared.id)
        assert await bodies(world, ada, "plan") == []


async def test_a_room_or_a_person_that_is_not_there_for_them(place: Place) -> None:
    async with open_world(place) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        hidden, public = await world.room(bob, visibility="private"), await world.room(ada, bob)
        await post(world, bob, hidden.id, "hello")
        for body in ("hello", "hello again"):
            await post(world, ada, public.id, body)
        await post(world, bob, public.id, "hello yourself")
        assert await bodies(world, bob, "hello", hidden.id) == ["hello"]
        assert await code_of(world, ada, Search("hello", hidden.id)) is ErrorCode.NOT_FOUND
        assert await code_of(world, ada, Search("hello", "nowhere")) is ErrorCode.NOT_FOUND
        assert await code_of(world, ada, Search("hello", author_id="nobody")) is ErrorCode.NOT_FOUND
        assert await bodies(world, ada, "hello", author_id=bob.user.id) == ["hello yourself"]
        assert await bodies(world, ada, "hello", public.id, ada.user.id) == ["hello again", "hello"]


async def test_edits_and_deletions_are_seen_at_once(place: Place) -> None:
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        message = await post(world, ada, room.id, "first")
        assert await bodies(world, ada, "first") == ["first"]
        await edit_message(world.chat, ada, message, EditMessage(body="second"))
        assert (await bodies(world, ada, "first"), await bodies(world, ada, "second")) == ([], ["second"])
        await delete_message(world.chat, ada, message)
        assert await bodies(world, ada, "second") == []


@pytest.mark.parametrize("seconds", [searching.LOOK_SECONDS, 0.0], ids=["as it is", "one look a page"])
async def test_pages_have_every_message_once(place: Place, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(searching, "HITS_AT_ONCE", 3)
    async with open_world(place) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        hidden, public = await world.room(bob, visibility="private"), await world.room(ada)
        posted = [await post(world, ada, public.id, "one") for _ in range(4)]
        for _ in range(12):
            await post(world, bob, hidden.id, "one")
        posted += [await post(world, ada, public.id, "one") for _ in range(5)]
        seen: list[str] = []
        before: str | None = None
        pages = 0
        while pages == 0 or before is not None:
            search = Search("one", before=before, limit=2)
            found = await search_messages(world.chat, ada, search, look_seconds=seconds)
            assert len(found.messages) <= 2
            seen += [message.id for message in found.messages]
            before = found.before
            pages += 1
            if pages == 1:
                await post(world, ada, public.id, "one more that is newer than the first page")
        assert seen == posted[::-1]
        assert pages == 5 if seconds else pages > 5, (
            "without time for more, a page may be short and go on all the same"
        )


async def test_a_cursor_of_elsewhere_is_refused_and_one_of_the_future_is_now(place: Place) -> None:
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        await post(world, ada, room.id, "hello")
        assert await code_of(world, ada, Search("hello", before="nonsense")) is ErrorCode.INVALID_REQUEST
        assert await code_of(world, ada, Search("hello", before="00000000-1")) is ErrorCode.GONE
        for end, count in (("ffffffffffffffff", 1), ("0", 0)):
            found = await search_messages(world.chat, ada, Search("hello", before=f"{world.chat.store.epoch}-{end}"))
            assert (len(found.messages), found.before) == (count, None)


async def place_of_index(world: World) -> tuple[int, int]:
    return await world.chat.store.read(lambda connection: (select_indexed_to(connection), select_head(connection)))


async def test_the_indexer_takes_in_what_was_there_and_then_whenever_enough_has_come(place: Place) -> None:
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        for number in range(10):
            await post(world, ada, room.id, f"hello {number}")
        _, first = await place_of_index(world)
        working = asyncio.create_task(Indexer(world.chat).run())

        async def reached(place: int) -> None:
            async def there() -> bool:
                return (await place_of_index(world))[0] >= place

            await eventually(there, "the index to follow")

        await reached(first)
        await asyncio.gather(*(post(world, ada, room.id, "more") for _ in range(INDEX_BEHIND)))
        await reached(first + INDEX_BEHIND)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert working.cancelled()


async def test_the_indexer_says_once_that_it_is_refused_and_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        await post(world, ada, room.id, "hello")
        _, head = await place_of_index(world)
        write, refusals = world.chat.store.write, [busy("The database is away.", 0.0) for _ in range(3)]

        async def refuse_at_first(work: Callable[[Transaction], Any]) -> Any:
            if refusals:
                raise refusals.pop()
            return await write(work)

        monkeypatch.setattr(world.chat.store, "write", refuse_at_first)
        working = asyncio.create_task(Indexer(world.chat).run())

        async def said_both() -> bool:
            return len(caplog.records) == 2 and (await place_of_index(world))[0] >= head

        await eventually(said_both, "the index to follow")
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert working.cancelled()
        assert [record.getMessage() for record in caplog.records] == [
            "messages are not made searchable for now: The database is away.",
            "messages are made searchable again",
        ]


async def test_who_searches_while_much_is_not_taken_in_yet_is_asked_to_wait(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CATCH_UP_WRITES", 1)
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        await asyncio.gather(*(post(world, ada, room.id, "hello") for _ in range(300)))
        with pytest.raises(HubbubError) as refused:
            await search_messages(world.chat, ada, Search("hello"))
        assert (refused.value.code, refused.value.retry_after) == (
            ErrorCode.SERVER_BUSY,
            searching.FILLING_RETRY_SECONDS,
        )
        assert (await search_messages(world.chat, ada, Search("hello"))).before is not None


async def test_a_word_of_long_ago_takes_few_looks(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FIRST_LOOK", 4)
    looks: list[int] = []

    def counted(connection: Searchable, wanted: Wanted, before: int, limit: int, scan: int) -> object:
        looks.append(scan)
        return select_hits(connection, wanted, before, limit, scan)

    monkeypatch.setattr(searching, "select_hits", counted)
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        await post(world, ada, room.id, "needle")
        await asyncio.gather(*(post(world, ada, room.id, "hay") for _ in range(200)))
        assert await bodies(world, ada, "needle") == ["needle"]
    assert looks == [4, 8, 16, 32, 64, 128]
