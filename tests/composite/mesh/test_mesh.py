"""Processes that find each other: here several of them in one, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop

from hubbub.composite.mesh import mesh as mesh_module
from hubbub.composite.mesh.directory import ID_CHARS, Directory
from hubbub.composite.mesh.mesh import Mesh, visit
from tests.support.deadline import eventually


class Member:
    """The listener and the family of one mesh: keeps what it hears."""

    def __init__(self, path: Path) -> None:
        self.heard_words: list[tuple[str, bytes]] = []
        self.steps: list[tuple[str, str]] = []
        self.has_news = False
        self.trouble: Exception | None = None  # raised instead of tending
        self.mesh = Mesh(path, lambda _: self)

    @property
    def id(self) -> str:
        return self.mesh.id

    def words(self, name: str) -> list[bytes]:
        return [body for speaker, body in self.heard_words if speaker == name]

    def greeting(self) -> bytes:
        return b"hello from " + self.id.encode()

    def joined(self, name: str) -> None:
        self.steps.append(("joined", name))

    def heard(self, name: str, body: bytes) -> None:
        if body == b"bad":
            raise ValueError(body)
        self.heard_words.append((name, body))

    def left(self, name: str) -> None:
        self.steps.append(("left", name))

    @property
    def card(self) -> Mapping[str, Any]:
        return {"of": self.id}

    def welcome(self, name: str, card: Mapping[str, Any]) -> None:
        assert card == {"of": name}
        self.steps.append(("welcome", name))

    def farewell(self, name: str) -> None:
        self.steps.append(("farewell", name))

    def mourn(self, name: str) -> None:
        self.steps.append(("mourn", name))

    def tend(self) -> bool:
        if self.trouble:
            raise self.trouble
        return self.has_news

    def close(self) -> None:
        self.steps.append(("closed", self.id))

    def kill(self) -> None:
        """What the system does when a process is killed: nothing is said, the name stays, all else is closed."""
        mesh = self.mesh
        assert mesh._scanning
        assert mesh._server
        mesh._scanning.cancel()
        mesh._server.close()
        for peer in mesh._peers.values():
            peer.writer.transport.abort()


class Meeting:
    """Members in one folder; those that are open at the end are closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.members: list[Member] = []
        self._stack = AsyncExitStack()

    async def join(self, count: int = 1) -> list[Member]:
        made = [Member(self.path) for _ in range(count)]
        for member in reversed(made):  # the later name may well be there first
            await member.mesh.open(member)
            self._stack.push_async_callback(member.mesh.close)
        self.members += made
        await self.all_here(self.members)
        return made

    async def all_here(self, members: list[Member]) -> None:
        names = sorted(member.id for member in members)
        await eventually(lambda: all(member.mesh.names == names for member in members), "all to know all")

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture
async def meeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Meeting]:
    monkeypatch.setattr(mesh_module, "SCAN_SECONDS", 0.05)
    made = Meeting(tmp_path / "meet")
    yield made
    await made.close()


async def test_all_find_all_and_greet_first(meeting: Meeting) -> None:
    members = await meeting.join(4)
    for member in members:
        for other in members:
            if other is not member:
                await eventually(lambda: len(member.words(other.id)) == 1, "a greeting")  # noqa: B023
                assert member.words(other.id) == [other.greeting()]
                assert [step for step, name in member.steps if name == other.id] == ["joined", "welcome"]
    assert [member.mesh.leads for member in sorted(members, key=lambda m: m.id)] == [True, False, False, False]
    assert not any(member.mesh.alone for member in members)
    assert members[0].mesh.is_here(members[1].id)
    assert not members[0].mesh.is_here(members[0].id)


async def test_what_is_said_is_heard_by_all_in_order(meeting: Meeting) -> None:
    first, *others = await meeting.join(3)
    words = [b"%d" % number for number in range(500)]
    for word in words:
        first.mesh.say(word)
    for other in others:
        await eventually(lambda: len(other.words(first.id)) == 501, "every word")  # noqa: B023
        assert other.words(first.id)[1:] == words


async def test_what_a_listener_raises_costs_nobody_the_next_word(meeting: Meeting) -> None:
    first, second = await meeting.join(2)
    first.mesh.say(b"bad")
    first.mesh.say(b"good")
    await eventually(lambda: second.words(first.id)[-1:] == [b"good"], "the next word")


async def test_a_goodbye_is_told_from_a_loss(meeting: Meeting) -> None:
    first, second, third = await meeting.join(3)
    await third.mesh.close()
    await meeting.all_here([first, second])
    assert ("farewell", third.id) in first.steps
    assert ("closed", third.id) in third.steps
    second.mesh._peers[first.id].writer.transport.abort()
    await eventually(lambda: first.steps.count(("joined", second.id)) == 2, "them to find each other again")
    await meeting.all_here([first, second])
    assert ("left", second.id) in first.steps
    assert not [member for member in (first, second) if "mourn" in dict(member.steps)]


async def test_who_was_killed_is_mourned_and_forgotten_by_all(meeting: Meeting) -> None:
    first, second, third = sorted(await meeting.join(3), key=lambda member: member.id)
    second.kill()
    for other in (first, third):
        await eventually(lambda: ("mourn", second.id) in other.steps, "the death to be noticed")  # noqa: B023
        assert ("farewell", second.id) not in other.steps
    await meeting.all_here([first, third])
    assert sorted(path.stem for path in meeting.path.iterdir()) == [first.id, third.id]


async def test_what_fails_while_looking_after_the_others_is_tried_again(
    meeting: Meeting, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await meeting.join(2)
    earlier, later = sorted((first, second), key=lambda member: member.id)
    later.trouble = ValueError("cannot start anybody")
    await eventually(lambda: "cannot start anybody" in caplog.text, "the failure to be logged")
    later.trouble = None
    later.mesh._peers[earlier.id].writer.transport.abort()
    await eventually(lambda: later.steps.count(("joined", earlier.id)) == 2, "them to find each other again")


async def test_a_name_without_a_process_is_forgotten(meeting: Meeting) -> None:
    directory = Directory(meeting.path)
    directory.open()
    directory.listen("0" * ID_CHARS).close()  # of two made in one millisecond either may be the later
    (member,) = await meeting.join()
    assert directory.names() == [member.id]
    directory.close()


async def test_who_does_not_listen_is_let_go_and_the_others_hear_on(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mesh_module, "LINK_BYTES", 64 * 1024)
    first, second, third = await meeting.join(3)
    deaf = cast(asyncio.Transport, third.mesh._peers[first.id].writer.transport)
    deaf.pause_reading()
    for _ in range(40):
        first.mesh.say(b"x" * 32 * 1024)
        await asyncio.sleep(0)
        if ("left", third.id) in first.steps:
            break
    await eventually(lambda: ("left", third.id) in first.steps, "it to be let go")
    before = len(second.words(first.id))
    first.mesh.say(b"on")
    await eventually(lambda: len(second.words(first.id)) > before, "the other to hear on")
    deaf.resume_reading()
    await meeting.all_here([first, second, third])


def test_a_word_that_finds_one_gone_reaches_the_others(tmp_path: Path) -> None:
    async def lose_one() -> None:
        meeting = Meeting(tmp_path / "meet")
        try:
            first, second, third = await meeting.join(3)
            first.mesh._peers[second.id].writer.transport.abort()
            await asyncio.sleep(0)
            assert second.id in first.mesh.names  # nobody has heard of the loss
            first.mesh.say(b"on")
            first.mesh._show_card(first.card)
            await eventually(lambda: third.words(first.id)[-1:] == [b"on"], "the word")
        finally:
            await meeting.close()

    uvloop.run(lose_one())  # which raises where asyncio says nothing


async def test_a_visitor_is_heard_and_nobody_is_no_fault(meeting: Meeting, tmp_path: Path) -> None:
    await visit(tmp_path / "nowhere", b"hello?")
    assert not (tmp_path / "nowhere").exists()
    first, second = await meeting.join(2)
    await visit(meeting.path, b"news")
    for member in (first, second):
        await eventually(lambda: member.words("") == [b"news"], "the news")  # noqa: B023
    assert first.mesh.names == second.mesh.names


async def test_nonsense_at_the_door_is_turned_away(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh_module, "HELLO_SECONDS", 0.05)
    (member,) = await meeting.join()
    directory = Directory(meeting.path)
    directory.open()
    for said in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\2\0\0\0\0{}"):
        reader, writer = await directory.connect(member.id)
        writer.write(said)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert member.mesh.alone
    directory.close()


async def test_a_card_that_changes_is_shown(meeting: Meeting) -> None:
    first, second = await meeting.join(2)
    first.has_news = True
    await eventually(lambda: second.steps.count(("welcome", first.id)) > 1, "the card to be shown again")


async def test_closing_twice_or_unopened_does_nothing(tmp_path: Path) -> None:
    member = Member(tmp_path / "meet")
    await member.mesh.close()
    await member.mesh.open(member)
    await member.mesh.close()
    await member.mesh.close()
    assert list((tmp_path / "meet").iterdir()) == []
    assert not member.mesh.is_other(member.id)
