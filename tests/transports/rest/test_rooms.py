"""Rooms and their members over REST: who sees what, who may do what, and what becomes of a room without people."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.contract import limits
from hubbub.store.log import select_change_range
from tests.support.api import CREATED, NO_CONTENT, Api, Person, done

ROOM_KEYS = {
    "id",
    "name",
    "topic",
    "visibility",
    "direct",
    "member_count",
    "created_at",
    "deleted_at",
    "membership",
    "last_message_at",
    "user_ids",
}


async def logged(api: Api) -> list[str]:
    """The types of all changes so far, in order."""
    store = api.world.chat.store
    found = await store.read(lambda connection: select_change_range(connection, store.epoch, 0, store.head))
    return [change.type for change in found]


# --- making and finding ---


async def test_a_room_is_owned_by_whoever_made_it(api: Api) -> None:
    ada = await api.person("ada")
    room = done(await ada.post("/rooms", {"name": "Den", "visibility": "public", "topic": "Foxes"}), CREATED)
    assert set(room) == ROOM_KEYS
    assert room | {"id": "?"} == {
        "id": "?",
        "name": "Den",
        "topic": "Foxes",
        "visibility": "public",
        "direct": False,
        "member_count": 1,
        "created_at": "2025-03-01T12:00:00.000Z",
        "deleted_at": None,
        "membership": {
            "role": "owner",
            "joined_at": "2025-03-01T12:00:00.000Z",
            "read_message_id": None,
            "unread_count": 0,
        },
        "last_message_at": None,
        "user_ids": [],
    }
    assert await ada.see(f"/rooms/{room['id']}") == room
    assert await ada.see("/rooms") == {"rooms": [room], "after": None}


async def test_a_public_room_is_there_for_everybody_and_a_private_one_for_its_members(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    public, private = await ada.room(), await ada.room(visibility="private")
    seen = await bob.see(f"/rooms/{public['id']}")
    assert seen == {**public, "membership": None}
    assert (await bob.see("/rooms"))["rooms"] == [seen]
    assert {each["id"] for each in (await ada.see("/rooms"))["rooms"]} == {public["id"], private["id"]}


async def test_two_rooms_may_have_one_name(api: Api) -> None:
    ada = await api.person("ada")
    assert (await ada.room(name="Den"))["id"] != (await ada.room(name="Den"))["id"]


async def test_a_room_under_a_key_is_made_once(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    body = {"name": "Den", "visibility": "private"}
    first = done(await ada.post("/rooms", body, key="k"), CREATED)
    await ada.message(first["id"])
    # The first answer, and not the room as it is now.
    assert done(await ada.post("/rooms", body, key="k"), CREATED) == first
    other = await ada.post("/rooms", {**body, "name": "Lair"}, key="k")
    assert (other.status, other.code) == (409, "conflict")
    assert done(await bob.post("/rooms", body, key="k"), CREATED)["id"] != first["id"]
    assert len((await ada.see("/rooms"))["rooms"]) == 1


# --- a private room is not there for others ---


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/members", None),
        ("PUT", "/members/me", None),
        ("PUT", "/members/{bob}", None),
        ("DELETE", "/members/me", None),
        ("DELETE", "/members/{ada}", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"body": "hello"}),
        ("PUT", "/read", {"message_id": "any"}),
    ],
)
async def test_a_private_room_cannot_be_told_from_none(
    api: Api, method: str, path: str, body: dict[str, str] | None
) -> None:
    owner, ada, bob = await api.person("owner"), await api.person("ada"), await api.person("bob")
    room = await ada.room(visibility="private")
    path = path.format(ada=ada.id, bob=bob.id)
    # Not even the owner of the server is an exception.
    for stranger in (owner, bob):
        hidden = await stranger.call(method, f"/rooms/{room['id']}{path}", body)
        absent = await stranger.call(method, f"/rooms/01jn8s7qg00000000000000000{path}", body)
        assert (hidden.status, hidden.code) == (404, "not_found")
        assert hidden.body == absent.body
    assert await ada.see(f"/rooms/{room['id']}") == room


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        ("PATCH", "", {"name": "Mine"}, "You may not change this room. Ask the owner of the room."),
        ("DELETE", "", None, "You may not delete this room. Ask the owner of the room."),
        ("PUT", "/members/{cem}", None, "You may not add people to this room. Join it first."),
        ("DELETE", "/members/me", None, "You may not leave this room. Join it first."),
        ("DELETE", "/members/{ada}", None, "You may not remove people from this room. Ask the owner of the room."),
        ("POST", "/messages", {"body": "hello"}, "You may not post in this room. Join it first."),
        ("PUT", "/read", {"message_id": "any"}, "You may not mark this room as read. Join it first."),
    ],
)
async def test_a_public_room_is_read_by_all_and_used_by_members(
    api: Api, method: str, path: str, body: dict[str, str] | None, detail: str
) -> None:
    await api.person("owner")
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    room = await ada.room()
    reply = await bob.call(method, f"/rooms/{room['id']}{path.format(ada=ada.id, cem=cem.id)}", body)
    assert (reply.status, reply.code, reply.json["detail"]) == (403, "forbidden", detail)
    for readable in ("", "/members", "/messages"):
        assert (await bob.get(f"/rooms/{room['id']}{readable}")).status == 200


async def test_the_owner_of_the_server_may_tidy_public_rooms(api: Api) -> None:
    owner, ada = await api.person("owner"), await api.person("ada")
    room = await ada.room()
    assert done(await owner.patch(f"/rooms/{room['id']}", {"name": "Tidy"}))["name"] == "Tidy"
    done(await owner.delete(f"/rooms/{room['id']}"), NO_CONTENT)


# --- changing and deleting ---


async def test_what_is_not_given_stays(api: Api) -> None:
    ada = await api.person("ada")
    room = await ada.room()
    changed = done(await ada.patch(f"/rooms/{room['id']}", {"topic": "Foxes"}))
    assert changed == {**room, "topic": "Foxes"}
    assert done(await ada.patch(f"/rooms/{room['id']}", {"name": None, "topic": ""})) == room
    head = api.world.chat.store.head
    assert done(await ada.patch(f"/rooms/{room['id']}", {"name": room["name"]})) == room
    assert done(await ada.patch(f"/rooms/{room['id']}", {})) == room
    assert api.world.chat.store.head == head


async def test_a_room_that_becomes_private_vanishes_for_others(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room()
    done(await ada.patch(f"/rooms/{room['id']}", {"visibility": "private"}))
    assert (await bob.get(f"/rooms/{room['id']}")).status == 404
    assert (await bob.see("/rooms"))["rooms"] == []
    done(await ada.patch(f"/rooms/{room['id']}", {"visibility": "public"}))
    assert (await bob.get(f"/rooms/{room['id']}")).status == 200


async def test_a_deleted_room_is_gone_with_its_messages(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    message = await bob.message(room["id"])
    done(await ada.delete(f"/rooms/{room['id']}"), NO_CONTENT)
    for person in (ada, bob):
        assert (await person.get(f"/rooms/{room['id']}")).status == 404
        assert (await person.get(f"/rooms/{room['id']}/messages")).status == 404
        assert (await person.get(f"/messages/{message['id']}")).status == 404
        assert (await person.see("/rooms"))["rooms"] == []
    assert (await ada.delete(f"/rooms/{room['id']}")).status == 404


# --- members ---


async def members(person: Person, room: dict[str, Any]) -> dict[str, str]:
    """{user id: role}."""
    found = (await person.see(f"/rooms/{room['id']}/members"))["members"]
    return {each["user_id"]: each["role"] for each in found}


async def test_joining_adding_leaving_and_removing(api: Api) -> None:
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    room = await ada.room()
    path = f"/rooms/{room['id']}/members"
    joined = done(await bob.put(f"{path}/me"))
    assert joined == {
        "room_id": room["id"],
        "user_id": bob.id,
        "role": "member",
        "joined_at": "2025-03-01T12:00:00.000Z",
        "read_message_id": None,
    }
    added = done(await bob.put(f"{path}/{cem.id}"))
    assert (added["user_id"], added["role"]) == (cem.id, "member")
    assert await members(ada, room) == {ada.id: "owner", bob.id: "member", cem.id: "member"}
    assert (await ada.see(f"/rooms/{room['id']}"))["member_count"] == 3
    done(await cem.delete(f"{path}/me"), NO_CONTENT)
    done(await ada.delete(f"{path}/{bob.id}"), NO_CONTENT)
    assert await members(ada, room) == {ada.id: "owner"}
    assert (await ada.see(f"/rooms/{room['id']}"))["member_count"] == 1


async def test_joining_twice_is_as_good_as_once(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    head = api.world.chat.store.head
    for person, whom in ((bob, "me"), (bob, bob.id), (ada, bob.id)):
        again = done(await person.put(f"/rooms/{room['id']}/members/{whom}"))
        assert again["user_id"] == bob.id
    assert api.world.chat.store.head == head


async def test_a_member_of_a_private_room_brings_others_in(api: Api) -> None:
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    room = await ada.room(bob, visibility="private")
    assert (await cem.put(f"/rooms/{room['id']}/members/me")).status == 404
    done(await bob.put(f"/rooms/{room['id']}/members/{cem.id}"))
    assert (await cem.get(f"/rooms/{room['id']}")).status == 200


async def test_who_is_nobody_can_neither_be_added_nor_removed(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room()
    nobody = await ada.put(f"/rooms/{room['id']}/members/nobody")
    assert (nobody.status, nobody.json["detail"]) == (404, "There is no such person on this server.")
    outside = await ada.delete(f"/rooms/{room['id']}/members/{bob.id}")
    assert (outside.status, outside.json["detail"]) == (404, "This person is not in the room.")


async def test_a_member_does_not_remove_others(api: Api) -> None:
    await api.person("owner")
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    assert (await bob.delete(f"/rooms/{room['id']}/members/{ada.id}")).code == "forbidden"


async def test_a_room_is_passed_on_to_whoever_has_been_there_longest(api: Api) -> None:
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    room = await ada.room()
    for person in (cem, bob):
        api.world.clock.advance(1)
        done(await person.put(f"/rooms/{room['id']}/members/me"))
    done(await ada.delete(f"/rooms/{room['id']}/members/me"), NO_CONTENT)
    assert await members(bob, room) == {cem.id: "owner", bob.id: "member"}
    assert (await logged(api))[-2:] == ["member_left", "member_changed"]
    # A member who leaves passes nothing on.
    done(await bob.delete(f"/rooms/{room['id']}/members/me"), NO_CONTENT)
    assert (await logged(api))[-1] == "member_left"


async def test_the_last_one_out_of_a_private_room_closes_it(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    private, public = await ada.room(bob, visibility="private"), await ada.room()
    done(await ada.delete(f"/rooms/{private['id']}/members/me"), NO_CONTENT)
    assert (await bob.get(f"/rooms/{private['id']}")).status == 200
    done(await bob.delete(f"/rooms/{private['id']}/members/me"), NO_CONTENT)
    assert (await logged(api))[-2:] == ["member_left", "room_deleted"]
    # A public one stays for whoever comes next.
    done(await ada.delete(f"/rooms/{public['id']}/members/me"), NO_CONTENT)
    assert (await bob.see(f"/rooms/{public['id']}"))["member_count"] == 0
    done(await bob.put(f"/rooms/{public['id']}/members/me"))


async def test_whoever_left_a_private_room_is_a_stranger_to_it(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob, visibility="private")
    message = await bob.message(room["id"])
    done(await bob.delete(f"/rooms/{room['id']}/members/me"), NO_CONTENT)
    assert (await bob.get(f"/rooms/{room['id']}/messages")).status == 404
    # Their own message as well: they could not see what became of it.
    assert (await bob.get(f"/messages/{message['id']}")).status == 404
    assert (await bob.patch(f"/messages/{message['id']}", {"body": "changed"})).status == 404


# --- direct rooms ---


async def test_there_is_one_direct_room_whoever_opens_it(api: Api) -> None:
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    room = done(await ada.post("/rooms/direct", {"user_ids": [bob.id]}), CREATED)
    assert (room["direct"], room["name"], room["visibility"], room["member_count"]) == (True, "", "private", 2)
    assert room["user_ids"] == sorted([ada.id, bob.id])
    assert room["membership"]["role"] == "member"
    head = api.world.chat.store.head
    for opener, ids in ((ada, [bob.id]), (bob, [ada.id]), (ada, [bob.id, ada.id, bob.id])):
        again = done(await opener.post("/rooms/direct", {"user_ids": ids}), CREATED)
        assert (again["id"], again["user_ids"]) == (room["id"], room["user_ids"])
    assert api.world.chat.store.head == head
    three = done(await ada.post("/rooms/direct", {"user_ids": [bob.id, cem.id]}), CREATED)
    assert three["id"] != room["id"]
    assert (await cem.get(f"/rooms/{room['id']}")).status == 404


async def test_one_may_talk_to_oneself(api: Api) -> None:
    ada = await api.person("ada")
    room = done(await ada.post("/rooms/direct", {"user_ids": [ada.id]}), CREATED)
    assert (room["user_ids"], room["member_count"]) == ([ada.id], 1)
    await ada.message(room["id"], "milk, eggs")


async def test_a_direct_room_under_a_key(api: Api) -> None:
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    first = done(await ada.post("/rooms/direct", {"user_ids": [bob.id]}, key="k"), CREATED)
    await bob.message(first["id"])
    assert done(await ada.post("/rooms/direct", {"user_ids": [bob.id]}, key="k"), CREATED) == first
    assert (await ada.post("/rooms/direct", {"user_ids": [cem.id]}, key="k")).code == "conflict"
    assert (await cem.post("/rooms/direct", {"user_ids": [bob.id]}, key="k")).status == 201


async def test_each_unknown_person_of_a_direct_room_is_named(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    reply = await ada.post("/rooms/direct", {"user_ids": ["nobody", bob.id, "none"]})
    assert reply.wrong == {"user_ids.0": "is nobody on this server", "user_ids.2": "is nobody on this server"}
    assert (await ada.post("/rooms/direct", {"user_ids": []})).wrong == {"user_ids": "needs 1 or more items"}
    too_many = [str(number) for number in range(limits.DIRECT_ROOM_USERS + 1)]
    assert (await ada.post("/rooms/direct", {"user_ids": too_many})).wrong == {"user_ids": "takes at most 8 items"}


async def test_direct_messages_stay_between_the_people_in_them(api: Api) -> None:
    ada, bob, cem = [await api.person(name) for name in ("ada", "bob", "cem")]
    room = done(await ada.post("/rooms/direct", {"user_ids": [bob.id]}), CREATED)
    path = f"/rooms/{room['id']}"
    for reply in (
        await ada.put(f"{path}/members/{cem.id}"),
        await ada.delete(f"{path}/members/{bob.id}"),
        await ada.delete(f"{path}/members/me"),
        await ada.patch(path, {"name": "Us"}),
        await ada.delete(path),
    ):
        assert (reply.status, reply.code) == (403, "forbidden")
        assert "direct messages stay between the people in them" in reply.json["detail"]
    assert (await cem.get(path)).status == 404


# --- read marks ---


async def unread(person: Person, room: dict[str, Any]) -> tuple[int, str | None]:
    """How many messages are unread, and the last that was read."""
    membership = (await person.see(f"/rooms/{room['id']}"))["membership"]
    return membership["unread_count"], membership["read_message_id"]


async def test_what_others_write_is_unread_until_it_is_read(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    sent = [await ada.message(room["id"], f"message {number}") for number in range(3)]
    assert await unread(bob, room) == (3, None)
    assert await unread(ada, room) == (0, sent[2]["id"])
    mark = done(await bob.put(f"/rooms/{room['id']}/read", {"message_id": sent[1]["id"]}))
    assert mark == {"room_id": room["id"], "user_id": bob.id, "message_id": sent[1]["id"], "unread_count": 1}
    assert await unread(bob, room) == (1, sent[1]["id"])
    (own,) = [each for each in (await ada.see("/rooms"))["rooms"] if each["id"] == room["id"]]
    assert own["membership"]["unread_count"] == 0
    assert own["last_message_at"] == sent[2]["created_at"]


async def test_a_read_mark_only_moves_forward(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    first, last = await ada.message(room["id"]), await ada.message(room["id"])
    done(await bob.put(f"/rooms/{room['id']}/read", {"message_id": last["id"]}))
    head = api.world.chat.store.head
    mark = done(await bob.put(f"/rooms/{room['id']}/read", {"message_id": first["id"]}))
    assert (mark["message_id"], mark["unread_count"]) == (last["id"], 0)
    assert api.world.chat.store.head == head


async def test_writing_is_reading(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    await ada.message(room["id"])
    answer = await bob.message(room["id"])
    assert await unread(bob, room) == (0, answer["id"])
    assert (await unread(ada, room))[0] == 1


async def test_who_joins_has_nothing_unread(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room()
    message = await ada.message(room["id"])
    done(await bob.put(f"/rooms/{room['id']}/members/me"))
    assert await unread(bob, room) == (0, message["id"])


async def test_a_deleted_message_is_still_a_place_to_have_read_to(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    room = await ada.room(bob)
    message = await ada.message(room["id"])
    done(await ada.delete(f"/messages/{message['id']}"), NO_CONTENT)
    mark = done(await bob.put(f"/rooms/{room['id']}/read", {"message_id": message["id"]}))
    assert mark["unread_count"] == 0


async def test_a_message_of_another_room_is_no_place_in_this_one(api: Api) -> None:
    ada = await api.person("ada")
    room, other = await ada.room(), await ada.room()
    message = await ada.message(other["id"])
    for elsewhere in (message["id"], "nothing"):
        reply = await ada.put(f"/rooms/{room['id']}/read", {"message_id": elsewhere})
        assert reply.wrong == {"message_id": "is no message of this room"}
