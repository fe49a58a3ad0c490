"""Many messages at once end as they would one after another."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import Message, PostMessage, Visibility
from hubbub.domain.changes import LoggedChange
from hubbub.service.chat import Actor
from hubbub.service.messages import begin_post, delete_message
from hubbub.service.posting import Post, post_all
from hubbub.service.sessions import StaleActor, end_session
from hubbub.store.log import select_change_range
from tests.store.places import Place
from tests.support.backends import World, open_world


def told(outcomes: Sequence[LoggedChange | Exception]) -> list[tuple[str, str]]:
    """What came of each, without what chance and the clock decide."""
    said = []
    for each in outcomes:
        if isinstance(each, HubbubError):
            said.append((each.code.value, each.detail))
        elif isinstance(each, Exception):
            raise each
        else:
            data = json.loads(each.data)
            said.append((data["room_id"], data["body"]))
    return said


class Talk:
    """Three people, three rooms of different kinds, and posts of all sorts."""

    def __init__(self, world: World, people: list[Actor], room_ids: list[str], reply_to: str) -> None:
        self.world = world
        self._people = people
        self._room_ids = [*room_ids, "nowhere"]
        self._reply_to = reply_to  # a message of the first room

    @classmethod
    async def of(cls, world: World) -> Talk:
        people = [await world.person(name) for name in ("ada", "bob", "eve")]
        kinds: tuple[Visibility, ...] = ("public", "private", "public")
        rooms = [await world.room(people[0], people[1], visibility=kind) for kind in kinds]
        message = await begin_post(world.chat, people[0], rooms[0].id, PostMessage(body="first"))
        return cls(world, people, [room.id for room in rooms], json.loads(message.data)["id"])

    def posts(self, chance: random.Random, count: int, prefix: str) -> list[Post]:
        return [self._post(chance, prefix) for _ in range(count)]

    def _post(self, chance: random.Random, prefix: str) -> Post:
        client_id = chance.choice([None, *(f"{prefix}{number}" for number in range(6))])
        reply_to = chance.choice([None, None, None, self._reply_to, "no message"])
        request = PostMessage(body=chance.choice("xyz"), client_id=client_id, reply_to=reply_to)
        return Post(chance.choice(self._people), chance.choice(self._room_ids), request, client_id)


@pytest.mark.parametrize("seed", range(8))
async def test_all_at_once_is_as_one_after_another(place: Place, seed: int) -> None:
    async with open_world(place, rate_limits=False) as world:
        talk = await Talk.of(world)
        store = world.chat.store
        ends = []
        for at_once in (True, False):
            # The keys are of one pass, so that both begin with none used; the choices are the same.
            posts = talk.posts(random.Random(seed), 40, f"{at_once} ")
            begin = store.head
            if at_once:
                outcomes = await store.write(lambda transaction, posts=posts: post_all(transaction, posts))  # type: ignore[misc]
            else:
                outcomes = [
                    (await store.write(lambda transaction, post=post: post_all(transaction, [post])))[0]  # type: ignore[misc]
                    for post in posts
                ]
            log = await store.read(lambda c, begin=begin: select_change_range(c, store.epoch, begin, store.head))  # type: ignore[misc]
            ends.append((told(outcomes), told(log)))
            assert {each.id for each in outcomes if isinstance(each, LoggedChange)} == {each.id for each in log}
        assert ends[0] == ends[1]


async def test_what_was_begun_together_is_answered_each_for_itself(place: Place) -> None:
    async with open_world(place, rate_limits=False) as world:
        ada, eve = await world.person("ada"), await world.person("eve")
        room = await world.room(ada, visibility="private")
        begun = [
            begin_post(world.chat, actor, room.id, PostMessage(body=body, client_id=client_id))
            for actor, body, client_id in (
                (ada, "one", "c1"),
                (eve, "let me in", "c1"),
                (ada, "one", "c1"),
                (ada, "other", "c1"),
                (ada, "two", None),
            )
        ]
        answers = await asyncio.gather(*begun, return_exceptions=True)
        codes = [each.code if isinstance(each, HubbubError) else None for each in answers]
        assert codes == [None, ErrorCode.NOT_FOUND, None, ErrorCode.CONFLICT, None]
        assert answers[0] == answers[2]
        assert isinstance(answers[0], LoggedChange)
        first = Message.model_validate_json(answers[0].data)
        assert (first.body, first.author_id, first.client_id) == ("one", ada.user.id, "c1")


async def test_a_repeat_of_what_was_deleted_is_no_conflict(place: Place) -> None:
    async with open_world(place) as world:
        ada = await world.person("ada")
        room = await world.room(ada)
        request = PostMessage(body="regretted", client_id="c1")
        first = json.loads((await begin_post(world.chat, ada, room.id, request)).data)
        await delete_message(world.chat, ada, first["id"])
        again = json.loads((await begin_post(world.chat, ada, room.id, request)).data)
        assert (again["id"], again["body"]) == (first["id"], "")


async def test_whoever_was_recalled_and_is_not_who_they_were_posts_nothing(place: Place) -> None:
    async with open_world(place) as world:
        ada, bob = await world.person("ada"), await world.person("bob")
        room = await world.room(ada, bob)
        await end_session(world.chat, ada, ada.session_id)
        begun = [
            begin_post(world.chat, replace(actor, recalled=True), room.id, PostMessage(body=body))
            for actor, body in ((ada, "one"), (bob, "two"), (ada, "three"))
        ]
        first, second, third = await asyncio.gather(*begun, return_exceptions=True)
        assert isinstance(first, StaleActor)
        assert isinstance(second, LoggedChange)
        assert isinstance(third, StaleActor)
        log = await world.chat.store.read(
            lambda c: select_change_range(c, world.chat.store.epoch, 0, world.chat.store.head)
        )
        assert [json.loads(each.data)["body"] for each in log if each.type == "message_posted"] == ["two"]
