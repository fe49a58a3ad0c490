"""One conversation over every transport and with every client: the same answers, the same events, the same order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from hubbub.composite.sockets.limits import SocketLimits
from hubbub.contract.limits import BODY_CHARS
from hubbub.transports.commands import COMMAND_TABLE
from tests.conformance.talkers import KINDS, Kind, Talker, changes_of
from tests.support.people import People
from tests.support.reading import read_history
from tests.support.sockets import Refused

COMMANDS = 500
Json = dict[str, Any]

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)


async def done(talker: Talker, command: str, data: Json) -> Any:
    """What a command gives back that has to succeed."""
    answer = await talker.ask(command, data)
    assert answer["ok"], answer
    return answer["data"]


async def refused(talker: Talker, command: str, data: object) -> str:
    """The code of a command that has to fail."""
    answer = await talker.ask(command, data)
    assert not answer["ok"], answer
    assert answer["error"]["detail"]
    return str(answer["error"]["code"])


def place_of(talker: Talker) -> str:
    """Where the log stood when the connection was ready."""
    return str(talker.named("ready")[0]["cursor"])


def concerning(room_ids: set[str], changes: list[Json]) -> list[Json]:
    """Without what others do on the shared server meanwhile."""
    return [change for change in changes if change["room_id"] in room_ids]


def as_logged(changes: list[Json]) -> list[Json]:
    """As the log has them now: the words of a message that was deleted are gone from what came before, too."""
    gone = {change["data"]["id"] for change in changes if change["type"] == "message_deleted"}
    return [
        {**change, "data": {**change["data"], "body": ""}} if change["data"].get("id") in gone else change
        for change in changes
    ]


@pytest.mark.seed("1.1", "4.8")
@every_kind
async def test_every_command_is_answered_and_heard(people: People, kind: Kind) -> None:
    ada, bob = await people.register(), await people.register()
    room = (await bob.create_room()).id
    async with kind.connected(people.server, ada.token) as talker:
        own = await done(talker, "create_room", {"name": "Hers", "visibility": "private"})
        assert (await done(talker, "join_room", {"room_id": room}))["user_id"] == ada.id
        message = await done(talker, "post_message", {"room_id": room, "body": "hello", "client_id": "1"})
        theirs = (await bob.post(room, "hello to you")).id
        edited = await done(talker, "edit_message", {"message_id": message["id"], "body": "hello!"})
        assert edited == message | {"body": "hello!", "edited_at": edited["edited_at"]}
        reaction = {"message_id": theirs, "emoji": "👍"}
        assert (await done(talker, "add_reaction", reaction))["reactions"] == [{"emoji": "👍", "user_ids": [ada.id]}]
        assert (await done(talker, "remove_reaction", reaction))["reactions"] == []
        assert (await done(talker, "mark_read", {"room_id": room, "message_id": theirs}))["unread_count"] == 0
        assert (await done(talker, "delete_message", {"message_id": message["id"]}))["body"] == ""
        assert await done(talker, "set_typing", {"room_id": room, "typing": True}) is None
        assert await done(talker, "leave_room", {"room_id": room}) is None
        assert (await done(talker, "refresh_auth", {"token": ada.token}))["expires_at"]

        await talker.wait_for("member_left", lambda change: bool(change["data"]["user_id"] == ada.id))
        logged = (await done(talker, "get_changes", {"since": place_of(talker), "limit": 1_000}))["changes"]
        rooms = {room, own["id"]}
        assert as_logged(concerning(rooms, changes_of(talker))) == concerning(rooms, logged)
        assert [change["type"] for change in concerning(rooms, logged)] == [
            "room_created",
            "member_joined",
            "member_joined",
            "message_posted",
            "message_posted",
            "message_edited",
            "reaction_added",
            "reaction_removed",
            "read_marked",
            "message_deleted",
            "member_left",
        ]


def test_the_conversation_has_every_command() -> None:
    assert set(COMMAND_TABLE) == {
        *("create_room", "join_room", "post_message", "edit_message", "add_reaction", "remove_reaction"),
        *("mark_read", "delete_message", "set_typing", "leave_room", "refresh_auth", "get_changes"),
    }


@every_kind
async def test_what_cannot_be_done_is_answered_with_its_code(people: People, kind: Kind) -> None:
    ada, bob = await people.register(), await people.register()
    room, hidden = await ada.create_room(), await bob.create_room(visibility="private")
    theirs = await bob.post((await bob.create_room()).id, "hello")
    gone = await ada.post(room.id, "hello")
    await ada.delete(gone.id)
    trials: list[tuple[str, object, str]] = [
        ("post_message", {"room_id": room.id, "body": "", "client_id": "1"}, "invalid_fields"),
        ("post_message", {"room_id": room.id, "body": "hello"}, "invalid_fields"),
        ("post_message", {"room_id": hidden.id, "body": "hello", "client_id": "1"}, "not_found"),
        ("post_message", {"room_id": theirs.room_id, "body": "hello", "client_id": "1"}, "forbidden"),
        ("edit_message", {"message_id": theirs.id, "body": "hello"}, "forbidden"),
        ("edit_message", {"message_id": gone.id, "body": "hello"}, "gone"),
        ("join_room", {"room_id": hidden.id}, "not_found"),
        ("join_room", [], "invalid_fields"),
        ("get_changes", {"since": "nowhere"}, "invalid_request"),
        ("get_changes", {"since": "otherlog-1"}, "gone"),
        ("refresh_auth", {"token": bob.token}, "forbidden"),
        ("no_such_command", {}, "invalid_request"),
    ]
    async with kind.connected(people.server, ada.token) as talker:
        assert [await refused(talker, command, data) for command, data, _ in trials] == [code for *_, code in trials]


@pytest.mark.seed("1.4", "4.7")
@every_kind
async def test_who_is_not_let_in_is_told_why(people: People, kind: Kind) -> None:
    ada = await people.register()
    for token, cursor, code in (
        ("nobody's", None, "unauthenticated"),
        (None, None, "unauthenticated"),
        (ada.token, "nowhere", "invalid_request"),
    ):
        with pytest.raises(Refused) as refusal:
            async with kind.connected(people.server, token, cursor):
                raise AssertionError("let in")
        assert refusal.value.code == code
        assert refusal.value.error["detail"]


@every_kind
async def test_a_cursor_of_another_log_starts_over(people: People, kind: Kind) -> None:
    ada = await people.register()
    async with kind.connected(people.server, ada.token, "otherlog-1") as talker:
        first, second = [event for event in talker.events if event.name in ("resync", "ready")][:2]
        assert (first.name, first.data["reason"]) == ("resync", "cursor_gone")
        assert (second.name, second.data["resumed"]) == ("ready", False)
        assert first.data["cursor"] == second.data["cursor"]


async def in_flight(talker: Talker, commands: list[Json], window: int) -> list[Json]:
    """Post all of them, `window` at a time without waiting for answers; the answers in the same order."""
    room_to_send = asyncio.Semaphore(window)

    async def one(command: Json) -> Json:
        try:
            answer: Json = await talker.ask("post_message", command)
            return answer
        finally:
            room_to_send.release()

    tasks = []
    for command in commands:
        await room_to_send.acquire()
        tasks.append(asyncio.create_task(one(command)))
    return await asyncio.gather(*tasks)


def numbered(room_id: str) -> list[Json]:
    return [{"room_id": room_id, "body": str(number), "client_id": str(number)} for number in range(COMMANDS)]


async def bodies(talker: Talker, room_id: str) -> list[int]:
    """What the log has of the room, in its order."""
    page = await done(talker, "get_changes", {"since": place_of(talker), "limit": 1_000})
    posted = [change for change in page["changes"] if change["type"] == "message_posted"]
    return [int(change["data"]["body"]) for change in concerning({room_id}, posted)]


@every_kind
async def test_commands_in_flight_are_done_in_the_order_they_were_sent(people: People, kind: Kind) -> None:
    ada = await people.register()
    room = (await ada.create_room()).id
    async with kind.connected(people.server, ada.token) as talker:
        window = talker.named("ready")[0]["limits"]["commands_in_flight"]
        answers = await in_flight(talker, numbered(room), window)
        assert [answer["data"]["body"] for answer in answers] == [str(number) for number in range(COMMANDS)]
        assert await bodies(talker, room) == list(range(COMMANDS))
        await talker.wait_for("message_posted", lambda change: bool(change["data"]["body"] == str(COMMANDS - 1)))
        heard = [change for change in changes_of(talker) if change["type"] == "message_posted"]
        assert [int(change["data"]["body"]) for change in concerning({room}, heard)] == list(range(COMMANDS))


@every_kind
async def test_more_commands_than_fit_are_each_answered(people: People, kind: Kind) -> None:
    ada = await people.register()
    room = (await ada.create_room()).id
    async with kind.connected(people.server, ada.token) as talker:
        answers = await in_flight(talker, numbered(room), COMMANDS)
        posted = [int(answer["data"]["body"]) for answer in answers if answer["ok"]]
        assert await bodies(talker, room) == posted
        errors = [answer["error"] for answer in answers if not answer["ok"]]
        assert {error["code"] for error in errors} == {"server_busy"}
        assert all(error["retry_after"] > 0 for error in errors)
        # What was refused is not lost for good: the same client_id posts it now.
        for number in sorted(set(range(COMMANDS)) - set(posted))[:3]:
            await done(talker, "post_message", numbered(room)[number])
        assert len(posted) >= SocketLimits().inbox_events


@every_kind
async def test_the_longest_message_goes_through(people: People, kind: Kind) -> None:
    """However it is escaped: a character beyond the first plane takes twelve bytes in the JSON of Python's clients."""
    ada = await people.register()
    room = (await ada.create_room()).id
    body = "🙂" * BODY_CHARS
    async with kind.connected(people.server, ada.token) as talker:
        message = await done(talker, "post_message", {"room_id": room, "body": body, "client_id": "1"})
        assert message["body"] == body
        heard = await talker.wait_for("message_posted", lambda change: bool(change["room_id"] == room))
        assert heard["data"] == message


async def test_leaving_by_one_transport_and_coming_back_by_another(people: People) -> None:
    """Each kind in turn takes up the cursor where the one before left off, and misses and repeats nothing."""
    ada, bob = await people.register(), await people.register()
    room = (await bob.create_room()).id
    await ada.join(room)
    heard: list[Json] = []
    cursor: str | None = None
    for kind in (*KINDS, *reversed(KINDS)):
        async with kind.connected(people.server, ada.token, cursor) as talker:
            assert talker.named("ready")[0]["resumed"] is (cursor is not None)
            live = await bob.post(room, "while she is here")
            await talker.wait_for("message_posted", has_id(live.id))
            heard += concerning({room}, changes_of(talker))
            cursor = heard[-1]["cursor"]
        for _ in range(20):
            await bob.post(room, "while she is away")
    async with KINDS[0].connected(people.server, ada.token, cursor) as talker:
        heard += concerning({room}, changes_of(talker))
    assert len(heard) == 2 * len(KINDS) * 21
    assert [change["data"] for change in heard] == await read_history(bob, room)


def has_id(message_id: str) -> Callable[[Json], bool]:
    return lambda change: bool(change["data"]["id"] == message_id)


@pytest.mark.seed("3.5", "4.6")
async def test_everybody_hears_the_same_at_once(people: People) -> None:
    """One listener of each kind, while one of each kind writes."""
    owner = await people.register()
    room = (await owner.create_room()).id
    async with AsyncExitStack() as stack:
        talkers = []
        for kind in KINDS:
            person = await people.register()
            await person.join(room)
            talkers.append(await stack.enter_async_context(kind.connected(people.server, person.token)))
        start = place_of(talkers[-1])
        commands = [
            {"room_id": room, "body": f"{number}", "client_id": f"{number}"} for number in range(20 * len(talkers))
        ]
        await asyncio.gather(
            *(in_flight(talker, commands[number :: len(talkers)], 5) for number, talker in enumerate(talkers))
        )
        log = (await done(talkers[0], "get_changes", {"since": start, "limit": 1_000}))["changes"]
        log = concerning({room}, log)
        assert len(log) == len(commands)
        for talker in talkers:
            await talker.wait_for("message_posted", lambda change: bool(change["cursor"] == log[-1]["cursor"]))
            heard = [change for change in concerning({room}, changes_of(talker)) if change["type"] == "message_posted"]
            assert heard == log


async def test_typing_is_told_to_the_others_and_ends_by_itself(people: People) -> None:
    ada, bob, eve = [await people.register() for _ in range(3)]
    room = (await ada.create_room()).id
    await bob.join(room)
    async with AsyncExitStack() as stack:
        hers, his, outside = [
            await stack.enter_async_context(kind.connected(people.server, person.token))
            for kind, person in zip(KINDS[:3], (ada, bob, eve), strict=True)
        ]
        await done(hers, "set_typing", {"room_id": room, "typing": True})
        await his.wait_for("typing_changed", lambda event: not event["typing"])
        # One change that everybody hears comes behind it, so whoever was to be told has been told.
        await ada.request("PATCH", "/users/me", json={"display_name": "Ada"})
        for talker in (hers, his, outside):
            await talker.wait_for("user_changed", lambda change: bool(change["data"]["id"] == ada.id))
        typing = {"room_id": room, "user_id": ada.id}
        assert his.named("typing_changed") == [{**typing, "typing": True}, {**typing, "typing": False}]
        assert hers.named("typing_changed") == outside.named("typing_changed") == []
