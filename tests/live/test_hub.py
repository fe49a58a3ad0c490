"""The fan-out on a real store: once, in order, to whom it concerns, through every seam."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import RoomForMe, SignIn, Visibility
from hubbub.live import hub
from hubbub.live.hub import CATCH_UP_CHARS, CATCH_UP_PAGE
from hubbub.live.presence import LINGER_SECONDS
from hubbub.live.typing import TYPING_SECONDS
from hubbub.service import memberships, messages, sessions
from hubbub.service.chat import Actor
from tests.live.ears import Ear, SmallEar, encode
from tests.live.listening import listen, log_after, post, published
from tests.support.backends import PASSWORD, World, open_world
from tests.support.deadline import eventually
from tests.support.visibility import due


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, rate_limits=False) as world:
        yield world


# --- the seam between what was missed and what is new ---


class Crowd:
    """Writers, people who come and go, and connections that begin anywhere in the log, all at once."""

    def __init__(self, world: World, chance: random.Random, people: list[Actor], places: list[RoomForMe]) -> None:
        self.heard: list[tuple[Actor, int, Ear]] = []  # who, after which change, and what they heard
        self._world, self._chance, self._people, self._places = world, chance, people, places
        self._begin = world.chat.store.head

    async def write(self) -> None:
        for _ in range(40):
            await post(self._world, self._people[0], self._chance.choice(self._places).id)

    async def come_and_go(self, person: Actor) -> None:
        chat, owner = self._world.chat, self._people[0]
        for _ in range(15):
            room = self._chance.choice(self._places)
            if self._chance.random() < 0.5:
                with suppress(HubbubError):  # they were not in it
                    await memberships.remove_member(chat, owner, room.id, person.user.id)
            else:
                await memberships.add_member(chat, owner, room.id, person.user.id)

    async def connect(self, person: Actor) -> None:
        hub = self._world.hub
        for number in range(5):
            for _ in range(self._chance.randrange(30)):
                await asyncio.sleep(0)
            since = self._chance.choice((None, self._begin, self._chance.randint(self._begin, hub.head)))
            ear = Ear()
            subscription = await hub.subscribe(f"{person.user.id} {number}", person, ear)
            self.heard.append((person, subscription.position if since is None else since, ear))
            await hub.catch_up(subscription, since, lambda: None)


@pytest.mark.parametrize("seed", range(6))
async def test_everybody_hears_each_change_once_and_in_order(world: World, seed: int) -> None:
    people = [await world.person(f"p{number}") for number in range(4)]
    visibility: tuple[Visibility, ...] = ("public", "private", "public")
    places = [await world.room(people[0], *people[1:], visibility=each) for each in visibility]
    crowd = Crowd(world, random.Random(seed), people, places)
    comings = (crowd.come_and_go(each) for each in people[1:3])
    await asyncio.gather(crowd.write(), crowd.write(), *comings, *(crowd.connect(each) for each in people))
    await published(world)
    log = await log_after(world, 0)
    assert len(crowd.heard) == 20
    for person, since, ear in crowd.heard:
        ids, owed = ear.change_ids, due(log, person.user.id)
        assert ids == sorted(set(ids))
        assert set(ids) <= owed.may
        assert {each for each in owed.must if each > since} <= set(ids)
        assert not ids or min(ids) > since


async def test_the_page_before_the_seam_is_waited_for(world: World) -> None:
    """What was missed is read and sent a piece at a time, none larger than an outbox takes."""
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    since = world.chat.store.head
    large = [await post(world, ada, room.id, "🙂" * 8_000) for _ in range(100)]
    small = [await post(world, ada, room.id) for _ in range(CATCH_UP_PAGE)]
    await published(world)
    ear = Ear()
    await listen(world, bob, ear, since=since)
    assert [change["data"]["id"] for change in ear.named("message_posted")] == large + small
    pieces = zip([0, *ear.waited], ear.waited, strict=False)
    longest = max(map(len, ear.packets))
    for begin, end in pieces:
        assert sum(map(len, ear.packets[begin:end])) <= CATCH_UP_CHARS + longest


async def test_what_many_missed_is_read_and_encoded_once(world: World) -> None:
    """Once for each who may see something else, too: whose rooms they are is read for everybody."""
    ada, bob, eve = [await world.person(name) for name in ("ada", "bob", "eve")]
    room, secret = await world.room(ada, bob, eve), await world.room(ada, bob, visibility="private")
    since = world.chat.store.head
    await asyncio.gather(*(post(world, ada, each) for each in (room.id, secret.id, room.id)))
    await published(world)
    made: list[str] = []

    def counted(event: str, payload: str) -> str:
        made.append(event)
        return encode(event, payload)

    ears = [Ear(counted) for _ in range(6)]
    for number, ear in enumerate(ears):
        await listen(world, (ada, bob, eve)[number % 3], ear, since=since)
    changes = [ear.change_ids for ear in ears]
    assert changes[0] == changes[1] == changes[3] == changes[4] == [since + 1, since + 2, since + 3]
    assert changes[2] == changes[5] == [since + 1, since + 3]
    assert made.count("message_posted") == 5


async def test_what_was_deleted_is_not_in_what_is_kept_for_others_who_missed_it(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    since = world.chat.store.head
    message_id = await post(world, ada, room.id, "a word too many")
    await published(world)
    early, late = Ear(), Ear()
    await listen(world, bob, early, since=since)
    await messages.delete_message(world.chat, ada, message_id)
    await published(world)
    await listen(world, bob, late, since=since)
    assert [change["data"]["body"] for change in early.named("message_posted")] == ["a word too many"]
    assert [change["data"]["body"] for change in late.named("message_posted")] == [""]


async def test_one_packet_is_made_for_all(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    made: list[str] = []

    def counted(event: str, payload: str) -> str:
        made.append(event)
        return encode(event, payload)

    ears = [Ear(counted) for _ in range(10)]
    for number, ear in enumerate(ears):
        await listen(world, (ada, bob)[number % 2], ear)
    made.clear()
    await post(world, ada, room.id)
    await published(world)
    assert made == ["message_posted"]
    assert len({ear.packets[-1] for ear in ears}) == 1


async def test_what_one_commit_brings_is_one_bundle_for_all(world: World) -> None:
    """Whoever has read a part of it in the log hears the rest alone."""
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    ears = [Ear() for _ in range(3)]
    for ear in ears:
        subscription = await listen(world, bob, ear)
    begin = world.hub.head
    subscription.position = begin + 2
    await asyncio.gather(*(post(world, ada, room.id, str(number)) for number in range(4)))
    await published(world)
    assert [ear.bundled for ear in ears] == [[4], [4], []]
    assert [ear.change_ids for ear in ears[:2]] == [[begin + 1, begin + 2, begin + 3, begin + 4]] * 2
    assert ears[2].change_ids == [begin + 3, begin + 4]
    assert subscription.position == begin + 4


# --- when another process writes to the log ---


async def test_what_another_process_wrote_takes_its_place(world: World, tmp_path: Path) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    ear = Ear()
    subscription = await listen(world, bob, ear)
    begin = subscription.position
    async with open_world(tmp_path) as other:
        for number in range(30):
            await post((world, other)[number % 2], ada, room.id, str(number))
        await published(world)
        await post(other, ada, room.id, "the last of theirs")
        await post(world, ada, room.id, "and ours behind it")
    await published(world)
    assert ear.change_ids == list(range(begin + 1, begin + 33))
    assert [each["data"]["body"] for each in ear.named("message_posted")][:30] == [str(each) for each in range(30)]


async def test_what_another_process_wrote_is_not_told_twice(world: World, tmp_path: Path) -> None:
    """Who connects reads it from the log before the hub has heard of it."""
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    begin = world.chat.store.head
    new, resuming = Ear(), Ear()
    async with open_world(tmp_path) as other:
        await post(other, ada, room.id)
        await memberships.remove_member(other.chat, ada, room.id, bob.user.id)
        await listen(world, bob, new)
        await listen(world, bob, resuming, since=begin)
        assert (new.change_ids, resuming.change_ids) == ([], [begin + 1, begin + 2])
    await memberships.add_member(world.chat, ada, room.id, bob.user.id)
    await published(world)
    assert (new.change_ids, resuming.change_ids) == ([begin + 3], [begin + 1, begin + 2, begin + 3])


async def test_a_place_of_the_log_that_is_empty_holds_nothing_up(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "HEAL_PAGE", 1)
    ada = await world.person("ada")
    room = await world.room(ada)
    ear = Ear()
    begin = (await listen(world, ada, ear)).position
    async with open_world(tmp_path) as other:
        await post(other, ada, room.id)
        await other.chat.store.write(
            lambda transaction: transaction.connection.execute("DELETE FROM changes WHERE id > ?", (begin,)).rowcount
        )
    await post(world, ada, room.id)
    await published(world)
    assert ear.change_ids == [begin + 2]


async def test_a_log_that_cannot_be_read_is_read_later(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await world.person("ada")
    room = await world.room(ada)
    ear = Ear()
    begin = (await listen(world, ada, ear)).position

    async def busy(work: object) -> None:
        raise HubbubError(ErrorCode.SERVER_BUSY, "too many reads wait")

    async with open_world(tmp_path) as other:
        await post(other, ada, room.id)
    with monkeypatch.context() as patch:
        patch.setattr(world.chat.store, "read", busy)
        await post(world, ada, room.id)
        await eventually(lambda: "too many reads wait" in caplog.text, "the reading to fail")
    assert ear.change_ids == []
    world.hub.sweep()
    await published(world)
    assert ear.change_ids == [begin + 1, begin + 2]


# --- more than a connection takes ---


async def test_a_live_connection_that_overflows_is_told_where_to_go_on(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    ear = SmallEar()
    subscription = await listen(world, bob, ear)
    ear.overflow = lambda: world.hub.resync(subscription)
    begin = subscription.position
    ear.room = 10
    for _ in range(11):
        await post(world, ada, room.id)
    await published(world)
    assert ear.named("resync") == [{"reason": "overflow", "cursor": world.hub.cursor(subscription)}]
    assert subscription.position == begin + 11
    await post(world, ada, room.id)
    await published(world)
    assert ear.change_ids == [*range(begin + 1, begin + 11), begin + 12]


@pytest.mark.parametrize("full_after", [0, 3, 9])
async def test_an_overflow_while_catching_up_skips_to_the_head_at_once(world: World, full_after: int) -> None:
    """Nothing behind the `resync` is from before it: the client fetches that, and would have it twice."""
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    since = world.chat.store.head
    for _ in range(20):
        await post(world, ada, room.id)
    await published(world)
    ear = SmallEar(room=full_after)
    subscription = await world.hub.subscribe("b", bob, ear)
    ear.overflow = lambda: world.hub.resync(subscription)
    await world.hub.catch_up(subscription, since, lambda: None)
    await post(world, ada, room.id)
    await published(world)
    kinds = [event for event, _ in ear.events]
    assert kinds[-2:] == ["resync", "message_posted"]
    assert kinds.count("resync") == 1
    assert ear.change_ids[-1] == subscription.position == since + 21


# --- the end of sessions and connections ---


async def test_the_end_of_a_session_closes_its_connections_and_no_others(world: World) -> None:
    ada = await world.person("ada")
    sign_in = SignIn(username="ada", password=PASSWORD)
    again = await sessions.sign_in(world.chat, sign_in, user_agent="another device", key=None)
    elsewhere = await sessions.authenticate(world.chat, again.token)
    room = await world.room(ada)
    here, here_too, there = Ear(), Ear(), Ear()
    for ear in (here, here_too):
        await listen(world, ada, ear)
    await listen(world, elsewhere, there)
    await sessions.end_session(world.chat, elsewhere, ada.session_id)
    await eventually(lambda: here.closed is not None, "the connections to be closed")
    assert [ear.closed.code if ear.closed else None for ear in (here, here_too, there)] == [
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.UNAUTHENTICATED,
        None,
    ]
    before = len(here.packets)
    await post(world, elsewhere, room.id)
    await published(world)
    assert len(here.packets) == before
    assert len(there.named("message_posted")) == 1
    assert world.hub.subscription_count == 1


async def test_leaving_twice_and_leaving_no_trace(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    for _ in range(3):
        await world.room(ada, bob)
    subscriptions = [await listen(world, person, Ear()) for person in (ada, bob, bob)]
    assert len(world.hub.audience.room_ids) == 3
    for subscription in (*subscriptions, *subscriptions):
        world.hub.unsubscribe(subscription)
    assert world.hub.subscription_count == 0
    assert not world.hub.audience.room_ids
    await world.hub.catch_up(subscriptions[0], 0, lambda: pytest.fail("a closed connection goes live"))
    world.clock.advance(LINGER_SECONDS)
    world.hub.sweep()
    assert world.hub.presence.online() == []


# --- what is not in the log ---


async def test_typing_is_told_to_the_others_in_the_room_and_ends_by_itself(world: World) -> None:
    ada, bob, eve = await world.person("ada"), await world.person("bob"), await world.person("eve")
    room = await world.room(ada, bob)
    await world.room(eve)
    hears = {person.user.username: Ear() for person in (ada, bob, eve)}
    for person in (ada, bob, eve):
        await listen(world, person, hears[person.user.username])
    not_live = Ear()
    await world.hub.subscribe("not live yet", bob, not_live)
    for _ in range(2):
        world.hub.set_typing(room.id, ada.user.id, True)
    world.clock.advance(TYPING_SECONDS)
    world.hub.sweep()
    world.hub.set_typing(room.id, ada.user.id, False)
    told = [(each["user_id"], each["typing"]) for each in hears["bob"].named("typing_changed")]
    typing = {key for key in hears["bob"].keys if key and key.startswith("typing")}
    assert typing == {f"typing {room.id} {ada.user.id}"}
    assert told == [(ada.user.id, True), (ada.user.id, False)]
    assert hears["ada"].named("typing_changed") == hears["eve"].named("typing_changed") == not_live.packets == []


async def test_several_tabs_come_and_go_as_one_person(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    room = await world.room(ada, bob)
    ear = Ear()
    await listen(world, bob, ear)
    tabs = [await listen(world, ada, Ear()) for _ in range(3)]
    world.hub.set_typing(room.id, ada.user.id, True)
    for tab in tabs:
        world.hub.unsubscribe(tab)
        world.clock.advance(1.0)
        world.hub.sweep()
    world.clock.advance(LINGER_SECONDS)
    world.hub.sweep()
    about_ada = [payload for _, payload in ear.events if payload["user_id"] == ada.user.id]
    assert about_ada == [
        {"user_id": ada.user.id, "status": "online"},
        {"room_id": room.id, "user_id": ada.user.id, "typing": True},
        {"room_id": room.id, "user_id": ada.user.id, "typing": False},
        {"user_id": ada.user.id, "status": "offline"},
    ]
