"""A walk through the rows of Socket.IO in the public contract: commands and their answers, events and what they carry.

The tables stand here as data, so that a change of the surface is a change of this file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from hubbub.contract.errors import STATUS, ErrorCode
from hubbub.contract.events import CHANGES, EVENTS
from hubbub.transports.commands import COMMAND_TABLE
from tests.contract.scene import (
    CHANGE,
    MEMBER,
    MESSAGE,
    NOTHING,
    READ_MARK,
    ROOM,
    ROOM_FOR_ME,
    USER,
    Keys,
    Scene,
)
from tests.support.people import People, Person
from tests.support.server import ServerProcess
from tests.support.sockets import Refused, SocketClient

READY = frozenset({"user", "cursor", "resumed", "limits", "online"})
ERROR = frozenset({"code", "detail"})
DATA_OF_CHANGE = {
    "message_posted": MESSAGE,
    "message_edited": MESSAGE,
    "message_deleted": MESSAGE,
    "reaction_added": MESSAGE | {"emoji"},
    "reaction_removed": MESSAGE | {"emoji"},
    "room_created": ROOM,
    "room_changed": ROOM,
    "room_deleted": ROOM,
    "member_joined": MEMBER,
    "member_left": MEMBER,
    "member_changed": MEMBER,
    "read_marked": READ_MARK,
    "user_changed": USER,
}


@dataclass(frozen=True)
class CommandRow:
    """A command, what it takes, and the keys of what it gives back; none where it gives null."""

    name: str
    data: Callable[[Scene], dict[str, object]]
    keys: Keys


COMMANDS = [
    CommandRow("post_message", lambda s: {"room_id": s.room, "body": "hi", "client_id": "c"}, MESSAGE),
    CommandRow(
        "post_message",
        lambda s: {"room_id": s.room, "body": "hi", "client_id": "d", "reply_to": s.message},
        MESSAGE,
    ),
    CommandRow("edit_message", lambda s: {"message_id": s.message, "body": "better"}, MESSAGE),
    CommandRow("delete_message", lambda s: {"message_id": s.message}, MESSAGE),
    CommandRow("add_reaction", lambda s: {"message_id": s.message, "emoji": "👍"}, MESSAGE),
    CommandRow("remove_reaction", lambda s: {"message_id": s.message, "emoji": "👍"}, MESSAGE),
    CommandRow("join_room", lambda s: {"room_id": s.room}, MEMBER),
    CommandRow("leave_room", lambda s: {"room_id": s.room}, NOTHING),
    CommandRow("create_room", lambda _: {"name": "Den", "visibility": "public", "topic": "Foxes"}, ROOM_FOR_ME),
    CommandRow("mark_read", lambda s: {"room_id": s.room, "message_id": s.message}, READ_MARK),
    CommandRow("set_typing", lambda s: {"room_id": s.room, "typing": True}, NOTHING),
    CommandRow("refresh_auth", lambda s: {"token": s.ada.token}, frozenset({"expires_at"})),
]


async def connect(scene: Scene, person: Person, **more: Any) -> SocketClient:
    return await SocketClient.connect(scene.server, token=person.token, **more)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
async def test_a_command_is_acknowledged_as_documented(scene: Scene, row: CommandRow) -> None:
    async with await connect(scene, scene.ada) as socket:
        answer = await socket.ask(row.name, row.data(scene))
    assert set(answer) == {"ok", "data"}, answer
    assert answer["ok"] is True
    assert frozenset(answer["data"] or ()) == row.keys


def test_every_command_has_its_row() -> None:
    assert {row.name for row in COMMANDS} | {"get_changes"} == set(COMMAND_TABLE)


@pytest.mark.parametrize("name", sorted(COMMAND_TABLE))
async def test_a_command_that_cannot_be_done_says_why(scene: Scene, name: str) -> None:
    async with await connect(scene, scene.ada) as socket:
        answer = await socket.ask(name, {"surprise": 1})
        assert set(answer) == {"ok", "error"}
        assert answer["ok"] is False
        assert frozenset(answer["error"]) == ERROR | {"errors"}
        assert answer["error"]["code"] == "invalid_fields"
        assert {"path": "surprise", "message": "is not known here"} in answer["error"]["errors"]
        for data in ("text", 5, [1]):
            assert (await socket.ask(name, data))["error"]["errors"] == [{"path": "", "message": "must be an object"}]


async def test_a_command_that_is_none_is_answered_too(scene: Scene) -> None:
    async with await connect(scene, scene.ada) as socket:
        answer = await socket.ask("no_such_command", {"token": scene.ada.token})
    assert (answer["ok"], answer["error"]["code"]) == (False, "invalid_request")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("edit_message", lambda s: {"message_id": "nothing", "body": "hi"}, ErrorCode.NOT_FOUND),
        ("edit_message", lambda s: {"message_id": s.message, "body": "hi"}, ErrorCode.FORBIDDEN),
        ("get_changes", lambda s: {"since": "no cursor"}, ErrorCode.INVALID_REQUEST),
        ("get_changes", lambda s: {"since": "otherlog-1"}, ErrorCode.GONE),
        ("get_changes", lambda s: {"since": "x", "limit": 0}, ErrorCode.INVALID_FIELDS),
    ],
)
async def test_the_codes_of_sockets_are_those_of_rest(
    scene: Scene, name: str, data: Callable[[Scene], object], code: ErrorCode
) -> None:
    async with await connect(scene, scene.bob) as socket:
        with pytest.raises(Refused) as refused:
            await socket.call(name, data(scene))
    assert refused.value.code == code.value
    assert code in STATUS


@pytest.mark.parametrize("token", [None, "nobody"])
async def test_a_connection_that_is_refused_says_why(scene: Scene, token: str | None) -> None:
    with pytest.raises(Refused) as refused:
        await SocketClient.connect(scene.server, token=token)
    assert frozenset(refused.value.error) == ERROR
    assert refused.value.code == "unauthenticated"


async def test_ready_says_who_one_is_and_where_the_log_stands(scene: Scene) -> None:
    async with await connect(scene, scene.ada) as socket:
        (ready,) = socket.named("ready")
        assert frozenset(ready) == READY
        assert ready["user"] == scene.ada.user.model_dump(mode="json")
        assert ready["resumed"] is False
        assert set(ready["limits"]) == {"body_chars", "commands_in_flight", "frame_bytes"}
        page = await socket.call("get_changes", {"since": ready["cursor"]})
        assert frozenset(page) == {"changes", "cursor", "more"}
        assert (page["changes"], page["more"]) == ([], False)


async def make_every_change(scene: Scene) -> str:
    """Ada and Bob do something of each kind, of which Ada hears; all but deleting the room, whose id comes back."""
    ada, bob = scene.ada, scene.bob
    await ada.request("PATCH", "/users/me", json={"display_name": "Countess"})
    room = (await ada.create_room("Den")).id
    await ada.request("PATCH", f"/rooms/{room}", json={"topic": "Foxes"})
    await bob.join(room)
    message = (await bob.post(room, "hello", client_id="every")).id
    await bob.edit(message, "better")
    await ada.react(message, "👍")
    await ada.request("DELETE", f"/messages/{message}/reactions/👍")
    await ada.mark_read(room, message)
    await bob.delete(message)
    await bob.leave(room)
    await bob.join(scene.room)
    await ada.leave(scene.room)
    return room


async def test_each_change_arrives_under_its_name_once_and_in_order(scene: Scene) -> None:
    async with await connect(scene, scene.ada) as live:
        start = live.named("ready")[0]["cursor"]
        room = await make_every_change(scene)
        await live.wait_for("member_left", lambda change: bool(change["data"]["user_id"] == scene.ada.id))
        page = await live.call("get_changes", {"since": start, "limit": 1000})
        replayed = [change for change in page["changes"] if change["room_id"] is not None]
        # Others use the server at the same time; what concerns everybody is left out of the comparison.
        assert replayed == redacted([change for change in live.changes if change["room_id"] is not None])
        await scene.ada.request("DELETE", f"/rooms/{room}")
        await live.wait_for("room_deleted")
        heard = [event for event in live.events if event.cursor is not None and event.data["room_id"] is not None]
        heard += [event for event in live.events if event.name == "user_changed" and is_of(scene.ada, event.data)]
    for event in heard:
        assert frozenset(event.data) == CHANGE
        EVENTS[event.name].carries.model_validate(event.data["data"], strict=False)
        assert event.data["type"] == event.name
        assert frozenset(event.data["data"]) == DATA_OF_CHANGE[event.name], event.name
    # Ada's leaving made Bob the owner, of which only Bob hears.
    assert {event.name for event in heard} == set(DATA_OF_CHANGE) - {"member_changed"}


def is_of(person: Person, change: dict[str, Any]) -> bool:
    return bool(change["actor_id"] == person.id)


def redacted(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the log has them later: without the words of messages that were deleted since."""
    deleted = {change["data"]["id"] for change in changes if change["type"] == "message_deleted"}
    return [
        {**change, "data": {**change["data"], "body": ""}} if change["data"].get("id") in deleted else change
        for change in changes
    ]


async def test_the_new_owner_hears_of_it(scene: Scene) -> None:
    async with await connect(scene, scene.bob) as socket:
        await scene.ada.leave(scene.room)
        change = await socket.wait_for("member_changed")
    assert frozenset(change) == CHANGE
    assert frozenset(change["data"]) == MEMBER
    assert (change["data"]["user_id"], change["data"]["role"]) == (scene.bob.id, "owner")


async def test_what_was_missed_comes_before_ready(scene: Scene) -> None:
    async with await connect(scene, scene.bob) as socket:
        cursor = socket.cursor
    message = await scene.ada.post(scene.room, "while you were out")
    async with await connect(scene, scene.bob, cursor=cursor) as socket:
        own = [event for event in socket.events if event.name == "ready" or event.data.get("room_id") == scene.room]
        assert [event.name for event in own] == ["message_posted", "ready"]
        assert own[0].data["data"] == message.model_dump(mode="json")
        assert own[1].data["resumed"] is True


async def test_a_cursor_of_another_log_is_answered_by_resync(scene: Scene) -> None:
    async with await connect(scene, scene.bob, cursor="otherlog-1") as socket:
        assert [event.name for event in socket.events][:2] == ["resync", "ready"]
        (resync,) = socket.named("resync")
        assert frozenset(resync) == {"reason", "cursor"}
        assert resync["reason"] == "cursor_gone"
        assert socket.named("ready")[0]["resumed"] is False


def test_the_table_of_events_has_the_same_keys() -> None:
    assert {name: frozenset(event.carries.model_fields) for name, event in CHANGES.items()} == DATA_OF_CHANGE


async def test_presence_and_typing_travel_beside_the_log(scene: Scene) -> None:
    async with await connect(scene, scene.bob) as socket:
        async with await connect(scene, scene.ada) as other:
            came = await socket.wait_for("presence_changed", lambda event: bool(event["user_id"] == scene.ada.id))
            assert came == {"user_id": scene.ada.id, "status": "online"}
            await other.call("set_typing", {"room_id": scene.room, "typing": True})
            typing = await socket.wait_for("typing_changed")
            assert typing == {"room_id": scene.room, "user_id": scene.ada.id, "typing": True}
        assert socket.changes == [change for change in socket.changes if change["room_id"] != scene.room]


async def test_a_server_that_stops_says_when_to_come_back(fresh_server: ServerProcess) -> None:
    async with People(fresh_server) as people:
        ada = await people.register()
        async with await SocketClient.connect(fresh_server, token=ada.token) as socket:
            await fresh_server.stop()
            notice = await socket.wait_for("server_restarting")
            assert frozenset(notice) == {"retry_after_ms"}
            await socket.wait_for_end()
