"""Processes that share a Redis and nothing else: here several buses in one, and a speaker of the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from hubbub.composite.bus import bus as bus_module
from hubbub.composite.bus.bus import Bus
from hubbub.composite.bus.link import Link
from hubbub.composite.bus.redis_link import open_redis
from hubbub.composite.bus.words import Kind, Word
from hubbub.composite.mesh.directory import make_id
from tests.support.deadline import DEADLINE, eventually
from tests.support.redis_server import RedisServer

CHANNEL = "test"
STRANGER = "0" * 15
ENDS = 50  # one in ten lost the cancellation of a task, once


@dataclass(frozen=True)
class Text:
    """News whose meaning is the order of its letters."""

    text: bytes

    def and_then(self, later: Text) -> Text:
        return Text(self.text + later.text)

    def encode(self) -> bytes:
        return self.text


class Member:
    """The listener of one bus: keeps what it hears."""

    def __init__(self, url: str, is_near: Callable[[str], bool] = lambda _name: False) -> None:
        self.name = make_id()
        self.steps: list[tuple[str, str]] = []
        self.bodies: list[tuple[str, bytes]] = []
        self.looks = 0
        self.bus = Bus(self.name, CHANNEL, partial(open_redis, url), self, is_near)

    def said_by(self, name: str) -> bytes:
        return b"".join(body for speaker, body in self.bodies if speaker == name)

    def greeting(self) -> bytes:
        return b"<hello>"

    def joined(self, name: str) -> None:
        self.steps.append(("joined", name))

    def heard(self, name: str, body: bytes) -> None:
        if body == b"bad":
            raise ValueError(body)
        self.bodies.append((name, body))

    def left(self, name: str) -> None:
        self.steps.append(("left", name))

    def missed(self) -> None:
        self.looks += 1


class Meeting:
    """Members at one Redis; those that are open at the end are closed."""

    def __init__(self, redis: RedisServer, stack: AsyncExitStack) -> None:
        self.redis = redis
        self.members: list[Member] = []
        self._stack = stack

    def enter(self, member: Member) -> Member:
        member.bus.open()
        self._stack.push_async_callback(member.bus.close)
        self.members.append(member)
        return member

    async def join(self, count: int = 1) -> list[Member]:
        made = [self.enter(Member(self.redis.url)) for _ in range(count)]
        await self.all_hear()
        return made

    async def all_hear(self) -> None:
        def each_hears_each() -> bool:
            return all(
                member.bus.hears
                and member.bus.names == sorted(other.name for other in self.members if other is not member)
                for member in self.members
            )

        await eventually(each_hears_each, "each to hear each")


@pytest.fixture
async def meeting(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Meeting]:
    monkeypatch.setattr(bus_module, "BEAT_SECONDS", 0.1)
    async with AsyncExitStack() as stack:
        yield Meeting(redis, stack)


class Stranger:
    """Says what the test has it say; hears what is said to it alone."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._heard = link.heard()

    async def say(self, kind: Kind, number: int, body: bytes = b"") -> None:
        await self._link.publish(CHANNEL, Word(kind, STRANGER, number, body).encode())

    async def say_to(self, member: Member, kind: Kind, number: int, body: bytes = b"") -> None:
        await self._link.publish(f"{CHANNEL}:{member.name}", Word(kind, STRANGER, number, body).encode())

    async def say_nonsense(self) -> None:
        await self._link.publish(CHANNEL, b"hello?")

    async def hear(self) -> Word:
        async with asyncio.timeout(DEADLINE):
            return Word.decode(await anext(self._heard))


@asynccontextmanager
async def stranger(meeting: Meeting) -> AsyncIterator[Stranger]:
    async with open_redis(meeting.redis.url, [f"{CHANNEL}:{STRANGER}"]) as link:
        yield Stranger(link)


async def test_all_find_all_and_greet(meeting: Meeting) -> None:
    members = await meeting.join(3)
    for member in members:
        for other in members:
            if other is not member:
                await eventually(lambda: b"<hello>" in member.said_by(other.name), "a greeting")  # noqa: B023
                assert ("joined", other.name) in member.steps
        assert member.looks >= 1  # at what was written before it was here


async def test_what_is_said_is_heard_by_all_in_order_and_together_where_it_waits(meeting: Meeting) -> None:
    first, *others = await meeting.join(3)
    letters = [bytes([letter]) for letter in range(ord("a"), ord("z") + 1)] * 20
    for letter in letters:
        first.bus.say(Text(letter))
    for other in others:
        await eventually(lambda: other.said_by(first.name).endswith(b"".join(letters)), "all of it")  # noqa: B023
        assert len(other.bodies) < len(letters) / 10
        assert other.bus.counters.gaps == 0
    assert first.bus.counters.merged > len(letters) / 2


async def test_who_says_goodbye_is_gone(meeting: Meeting) -> None:
    first, second = await meeting.join(2)
    await second.bus.close()
    await eventually(lambda: first.bus.names == [], "the goodbye")
    assert first.steps[-1] == ("left", second.name)


async def test_who_says_nothing_is_gone_after_a_while(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "GONE_SECONDS", 1.0)
    (member,) = await meeting.join()
    async with stranger(meeting) as they:
        await they.say(Kind.HELLO, 1, b"hi")
        await eventually(lambda: member.bus.names == [STRANGER], "them to be here")
        await eventually(lambda: member.bus.names == [], "them to be gone")
    assert [step for step, name in member.steps if name == STRANGER] == ["joined", "left"]
    assert member.bus.hears


async def test_who_misses_a_word_looks_and_asks_for_a_greeting(meeting: Meeting) -> None:
    (member,) = await meeting.join()
    async with stranger(meeting) as they:
        await they.say(Kind.HELLO, 1, b"[1]")
        assert (await they.hear()).kind is Kind.GREETING
        await they.say(Kind.NEWS, 2, b"[2]")
        await they.say(Kind.NEWS, 4, b"[4]")
        asked = await they.hear()
        assert (asked.kind, asked.name) == (Kind.WHO, member.name)
        assert member.said_by(STRANGER) == b"[1][2][4]"
        assert [step for step, name in member.steps if name == STRANGER] == ["joined", "joined"]
        assert member.bus.counters.gaps == 1
        await they.say_to(member, Kind.GREETING, 4, b"[all]")
        await they.say(Kind.NEWS, 5, b"[5]")
        await eventually(lambda: member.said_by(STRANGER).endswith(b"[all][5]"), "what came after it")
        assert [step for step, name in member.steps if name == STRANGER][2:] == ["left", "joined"]
        assert member.bus.counters.gaps == 1


async def test_who_is_met_in_the_middle_of_their_words_is_asked_for_a_greeting(meeting: Meeting) -> None:
    (member,) = await meeting.join()
    async with stranger(meeting) as they:
        await they.say(Kind.BEAT, 40)
        assert (await they.hear()).kind is Kind.WHO
        assert member.bus.counters.gaps == 0
        await they.say_to(member, Kind.WHO, 40)
        greeting = await they.hear()
        assert (greeting.kind, greeting.body) == (Kind.GREETING, b"<hello>")


async def test_who_is_heard_without_redis_is_not_heard_twice(meeting: Meeting) -> None:
    (near,) = await meeting.join()
    member = meeting.enter(Member(meeting.redis.url, lambda name: name == near.name))
    await eventually(lambda: near.bus.names == [member.name], "them to be heard")
    near.bus.say(Text(b"twice?"))
    async with stranger(meeting) as they:
        await they.say(Kind.NEWS, 1, b"once")
        await eventually(lambda: member.said_by(STRANGER) == b"once", "the others")
    assert member.said_by(near.name) == b""
    assert near.name not in dict(member.steps)


@pytest.mark.parametrize("how", ["killed", "held still"])
async def test_without_redis_everybody_looks_and_with_it_everybody_is_met_again(
    meeting: Meeting, how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bus_module, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(bus_module, "LOOK_SECONDS", 0.1)
    caplog.set_level("INFO", bus_module.__name__)
    members = await meeting.join(2)
    before = [member.looks for member in members]
    if how == "killed":
        meeting.redis.stop()
    else:
        meeting.redis.hold_still()
    await eventually(lambda: not any(member.bus.hears for member in members), "everybody to miss Redis")
    for member, looks in zip(members, before, strict=True):
        await eventually(lambda: member.looks > looks + 3, "it to look again and again")  # noqa: B023
        member.bus.say(Text(b"into the void"))
        assert member.bus.names  # who was here is taken to be here still
    if how == "killed":
        await meeting.redis.restart()
    else:
        meeting.redis.go_on()
    await meeting.all_hear()
    for member, other in (members, reversed(members)):
        member.bus.say(Text(b"again"))
        await eventually(lambda: other.said_by(member.name).endswith(b"<hello>again"), "it to be heard")  # noqa: B023
        assert b"void" not in other.said_by(member.name)
        assert (member.bus.counters.connects, member.bus.counters.losses) == (2, 1)
    said = [record.message.split(":")[0] for record in caplog.records if record.message.startswith("the bus is")]
    assert sorted(said) == ["the bus is down"] * 2 + ["the bus is up"] * 4  # once for each change


async def test_nobody_elsewhere_counts_as_here_when_redis_is_away_for_long(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "KEEP_SECONDS", 1.0)
    first, second = await meeting.join(2)
    meeting.redis.stop()
    await eventually(lambda: first.bus.names == second.bus.names == [], "all to be let go")
    assert first.steps[-1] == ("left", second.name)


async def test_it_opens_without_redis_and_finds_it_later(meeting: Meeting, caplog: pytest.LogCaptureFixture) -> None:
    meeting.redis.stop()
    member = meeting.enter(Member(meeting.redis.url))
    await eventually(lambda: "the bus is down" in caplog.text, "the reason to be logged")
    assert not member.bus.hears
    await meeting.redis.restart()
    await meeting.all_hear()


async def test_nonsense_and_a_listener_that_fails_cost_nobody_the_next_word(
    meeting: Meeting, caplog: pytest.LogCaptureFixture
) -> None:
    (member,) = await meeting.join()
    async with stranger(meeting) as they:
        await they.say_nonsense()
        await they.say(Kind.NEWS, 1, b"bad")
        await they.say(Kind.NEWS, 2, b"good")
        await eventually(lambda: member.said_by(STRANGER) == b"good", "the next word")
    assert member.bus.counters.malformed == 1
    assert "was not understood" in caplog.text


async def test_a_word_that_is_too_long_is_missed_and_said_to_be(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await meeting.join(2)
    monkeypatch.setattr(bus_module, "WORD_BYTES", 200)
    first.bus.say(Text(b"x" * 200))
    await eventually(lambda: second.bus.counters.gaps == 1, "the gap to be seen")
    await eventually(lambda: second.steps[-2:] == [("left", first.name), ("joined", first.name)], "a greeting")
    assert first.bus.counters.dropped == 1
    assert "is not said" in caplog.text


async def test_it_ends_whatever_is_under_way(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "BEAT_SECONDS", 0.001)  # so that a word is on its way at most times
    for _ in range(ENDS):
        member = Member(meeting.redis.url)
        member.bus.open()
        await eventually(lambda: member.bus.hears, "it to be up")  # noqa: B023
        async with asyncio.timeout(DEADLINE):
            await member.bus.close()


async def test_closing_unopened_or_twice_does_nothing(redis: RedisServer) -> None:
    member = Member(redis.url)
    await member.bus.close()
    member.bus.open()
    await eventually(lambda: member.bus.hears, "it to be up")
    await member.bus.close()
    await member.bus.close()
    assert member.steps == []
