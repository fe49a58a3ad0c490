"""Two processes on one database: here two hubs, and bytes between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from hubbub.contract.errors import ErrorCode
from hubbub.contract.models import SignIn
from hubbub.live.bus import News
from hubbub.live.neighbours import Neighbours
from hubbub.live.presence import LINGER_SECONDS
from hubbub.live.typing import TYPING_SECONDS
from hubbub.service import memberships, sessions
from hubbub.service.chat import Actor, SessionProlonged
from hubbub.store.sessions import delete_session, touch_session
from tests.live.ears import Ear
from tests.live.listening import listen, log_after, post
from tests.support.backends import PASSWORD, World, open_world
from tests.support.deadline import eventually

LOOK = "look for what was missed"


class Pair:
    """Two worlds on one file; what one tells the other hears, as long as they are joined."""

    def __init__(self, worlds: list[World]) -> None:
        self.worlds = worlds
        self.neighbours = [Neighbours(world.hub) for world in worlds]
        self.joined = False
        for number, world in enumerate(worlds):
            world.hub._tell = partial(self._carry, number)

    def _carry(self, speaker: int, news: News) -> None:
        if self.joined:
            self.neighbours[1 - speaker].heard(f"worker {speaker}", news.encode())

    def join(self) -> None:
        self.joined = True
        for number, neighbours in enumerate(self.neighbours):
            other = 1 - number
            neighbours.joined(f"worker {other}")
            neighbours.heard(f"worker {other}", self.neighbours[other].greeting())

    def part(self) -> None:
        self.joined = False
        for number, neighbours in enumerate(self.neighbours):
            neighbours.left(f"worker {1 - number}")


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        worlds = [await stack.enter_async_context(open_world(tmp_path, rate_limits=False)) for _ in range(2)]
        made = Pair(worlds)
        yield made
        for neighbours in made.neighbours:
            await neighbours.close()


async def here_and_there(pair: Pair) -> tuple[World, World, Actor]:
    here, there = pair.worlds
    pair.join()
    return here, there, await here.person("ada")


async def heads(pair: Pair) -> None:
    newest = max(world.chat.store.head for world in pair.worlds)
    await eventually(lambda: all(world.hub.head == newest for world in pair.worlds), "both to have published it all")


async def posted_while_apart(pair: Pair) -> tuple[World, Actor, Ear]:
    """Where Ada has posted, and her ear at the other one."""
    here, there, ada = await here_and_there(pair)
    room = await here.room(ada)
    await heads(pair)
    pair.part()
    ear = Ear()
    await listen(there, ada, ear)
    await post(here, ada, room.id)
    return here, ada, ear


async def test_what_one_writes_is_heard_of_both_once_and_in_order(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    room = await here.room(ada)
    await heads(pair)
    ears = [Ear(), Ear()]
    start = here.hub.head
    for world, ear in zip(pair.worlds, ears, strict=True):
        await listen(world, ada, ear)
    for number in range(40):
        await post(pair.worlds[number % 2], ada, room.id)
    await heads(pair)
    due = [change.id for change in await log_after(there, start)]
    assert len(due) == 40
    for ear in ears:
        await eventually(lambda: len(ear.change_ids) == 40, "everything")  # noqa: B023
        assert ear.change_ids == due


async def test_what_was_written_while_they_were_apart_comes_when_they_join(pair: Pair) -> None:
    here, _, ear = await posted_while_apart(pair)
    assert ear.change_ids == []
    pair.join()
    await eventually(lambda: ear.change_ids == [here.hub.head], "what was missed")


async def test_a_member_who_is_removed_elsewhere_hears_no_more(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    bob = await here.person("bob")
    room = await here.room(ada, bob, visibility="private")
    await heads(pair)
    ear = Ear()
    await listen(there, bob, ear)
    await memberships.remove_member(here.chat, ada, room.id, bob.user.id)
    await post(here, ada, room.id)
    await heads(pair)
    assert [event for event, _ in ear.events if event.startswith("m")] == ["member_left"]


async def test_somebody_is_here_while_any_process_says_so(pair: Pair) -> None:
    here, _, ada = await here_and_there(pair)
    bob = await here.person("bob")
    await heads(pair)
    watching = [Ear(), Ear()]
    for world, ear in zip(pair.worlds, watching, strict=True):
        await listen(world, ada, ear, name="watching")
    visits = [await listen(world, bob, Ear(), name="visit") for world in pair.worlds]
    for world, visit in zip(pair.worlds, visits, strict=True):
        world.hub.unsubscribe(visit)
        for each in pair.worlds:
            assert bob.user.id in each.hub.presence.online()
            each.clock.advance(LINGER_SECONDS)
            each.hub.sweep()
    for world, ear in zip(pair.worlds, watching, strict=True):
        assert bob.user.id not in world.hub.presence.online()
        news = [each["status"] for each in ear.named("presence_changed") if each["user_id"] == bob.user.id]
        assert news == ["online", "offline"]


async def test_the_people_of_a_process_that_is_gone_have_a_moment_to_come_back(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    bob = await here.person("bob")
    await heads(pair)
    ear = Ear()
    await listen(here, ada, ear)
    await listen(there, bob, Ear())
    pair.part()
    here.hub.sweep()
    assert bob.user.id in here.hub.presence.online()
    here.clock.advance(LINGER_SECONDS)
    here.hub.sweep()
    assert bob.user.id not in here.hub.presence.online()
    pair.join()
    assert bob.user.id in here.hub.presence.online()


async def test_who_goes_on_typing_is_not_forgotten_elsewhere(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    bob = await here.person("bob")
    room = await here.room(ada, bob)
    await heads(pair)
    ear = Ear()
    await listen(there, ada, ear)
    for _ in range(3):
        here.hub.set_typing(room.id, bob.user.id, True)
        for world in pair.worlds:
            world.clock.advance(TYPING_SECONDS / 2)
            world.hub.sweep()
    assert [news["typing"] for news in ear.named("typing_changed")] == [True]
    here.hub.set_typing(room.id, bob.user.id, False)
    assert [news["typing"] for news in ear.named("typing_changed")] == [True, False]


async def test_a_session_that_ends_here_ends_connections_there(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    ear = Ear()
    await listen(there, ada, ear)
    await sessions.end_session(here.chat, ada, ada.session_id)
    await eventually(lambda: ear.closed is not None, "the connection to end")
    assert ear.closed is not None
    assert ear.closed.code is ErrorCode.UNAUTHENTICATED


async def test_a_session_whose_end_nobody_told_of_is_found_when_they_join(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    bob = await here.person("bob")
    pair.part()
    gone, stays = Ear(), Ear()
    await listen(there, ada, gone)
    await listen(there, bob, stays)
    await here.chat.store.write(lambda t: delete_session(t.connection, ada.user.id, ada.session_id))
    pair.join()
    await eventually(lambda: gone.closed is not None, "the session's end to be found")
    assert stays.closed is None


async def test_what_was_missed_is_found_without_a_word(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    room = await here.room(ada)
    await heads(pair)
    pair.part()
    ear, gone = Ear(), Ear()
    phone = await sessions.sign_in(here.chat, SignIn(username="ada", password=PASSWORD), user_agent="phone", key=None)
    await listen(there, ada, ear)
    await listen(there, await sessions.authenticate(here.chat, phone.token), gone, name="phone")
    await post(here, ada, room.id)
    await sessions.end_session(here.chat, ada, (await sessions.authenticate(here.chat, phone.token)).session_id)
    _, neighbours = pair.neighbours
    neighbours.missed()
    await eventually(lambda: ear.change_ids == [here.hub.head], "what was written")
    await eventually(lambda: gone.closed is not None, "the session's end to be found")
    assert (neighbours.found, ear.closed) == (1, None)
    neighbours.missed()
    await eventually(lambda: not [t for t in asyncio.all_tasks() if t.get_name() == LOOK], "the looking to end")
    assert neighbours.found == 1


async def test_what_the_database_says_is_read_as_what_a_neighbour_says(pair: Pair) -> None:
    here, ada, ear = await posted_while_apart(pair)
    pair.neighbours[1].committed_elsewhere(here.chat.store.head, False)
    await eventually(lambda: ear.change_ids == [here.hub.head], "the change")
    await sessions.end_session(here.chat, ada, ada.session_id)
    pair.neighbours[1].committed_elsewhere(here.chat.store.head, True)
    await eventually(lambda: ear.closed is not None, "the end of the session")


async def test_a_session_that_was_used_elsewhere_lasts_as_long_here(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    subscription = await listen(there, ada, Ear())
    later = ada.expires_at + timedelta(days=1)
    await here.chat.store.write(lambda t: t.announce(SessionProlonged(ada.user.id, ada.session_id, later)))
    await eventually(lambda: subscription.expires_at == later, "the new end to be known")


async def test_a_session_that_was_used_while_they_were_apart_lasts_as_long_and_warns_anew(pair: Pair) -> None:
    here, there, ada = await here_and_there(pair)
    pair.part()
    subscription = await listen(there, ada, Ear())
    subscription.end_told = True
    later = ada.expires_at + timedelta(days=1)
    await here.chat.store.write(
        lambda t: touch_session(t.connection, ada.session_id, last_used_at=here.clock.now(), expires_at=later)
    )
    pair.join()
    await eventually(lambda: subscription.expires_at == later, "the new end to be known")
    assert not subscription.end_told


async def test_who_joins_while_ended_sessions_are_looked_for_has_them_looked_for_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = pair.worlds
    begun: list[asyncio.Event] = []

    async def check() -> None:
        begun.append(asyncio.Event())
        await begun[-1].wait()

    monkeypatch.setattr(here.hub, "check_sessions", check)
    for name in ("worker 1", "worker 2", "worker 3"):
        pair.neighbours[0].joined(name)
        await eventually(lambda: bool(begun), "the first look")
    begun[0].set()
    await eventually(lambda: len(begun) == 2, "one more look for those who joined meanwhile")
    begun[1].set()
    await eventually(lambda: not [t for t in asyncio.all_tasks() if t.get_name() == LOOK], "the looking to end")
    assert len(begun) == 2


async def test_what_is_not_understood_is_logged_and_left(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    pair.neighbours[0].heard("worker 1", b'{"head":"far"}')
    assert "does not understand" in caplog.text


async def test_a_store_that_cannot_be_read_is_no_end(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    here, _ = pair.worlds
    await here.chat.store.close()
    pair.neighbours[0].joined("worker 1")
    await eventually(lambda: "could not be read" in caplog.text, "the reason to be logged")
