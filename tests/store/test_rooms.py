"""Rooms, and who finds which."""

from __future__ import annotations

import pytest

from hubbub.store.members import select_room_ids
from hubbub.store.rooms import (
    Place,
    select_direct_room,
    select_last_seq,
    select_places,
    select_room,
    select_room_for_user,
    select_rooms,
    select_rooms_for_user,
    update_room,
)
from tests.store.world import FORBIDDEN, World


@pytest.fixture
def people(world: World) -> World:
    for name in "ab":
        world.user(name)
    return world


def test_a_room_comes_back_as_it_was_made(people: World) -> None:
    made = people.room("r1", visibility="private")
    assert (made.name, made.visibility, made.direct, made.member_count) == ("Room r1", "private", False, 0)
    assert (made.created_at, made.deleted_at) == (people.now, None)
    assert select_room(people.connection, "r1") == made
    assert select_room(people.connection, "r2") is None


def test_a_room_changes(people: World) -> None:
    made = people.room("r1")
    changed = update_room(people.connection, "r1", name="Tea", topic="Now", visibility="private")
    assert changed == made.model_copy(update={"name": "Tea", "topic": "Now", "visibility": "private"})
    assert update_room(people.connection, "r2", name="Tea", topic="", visibility="public") is None


def test_the_same_people_have_one_direct_room(people: World) -> None:
    made = people.room("r1", visibility="private", direct_key="a b")
    assert made.direct
    assert select_direct_room(people.connection, "a b") == made
    with pytest.raises(FORBIDDEN):
        people.room("r2", visibility="private", direct_key="a b")


def test_a_direct_room_tells_who_is_in_it(people: World) -> None:
    people.room("r1", visibility="private", direct_key="a b")
    people.room("r2")
    for room_id in ("r1", "r2"):
        people.join(room_id, "a")
        people.join(room_id, "b")
    rooms = select_rooms_for_user(people.connection, "a", None, 10)
    assert [(room.id, room.user_ids) for room in rooms] == [("r1", ["a", "b"]), ("r2", [])]


def test_a_private_room_is_known_to_its_members_only(people: World) -> None:
    people.room("r1", visibility="private")
    people.join("r1", "a")
    assert select_room_for_user(people.connection, "r1", "a") is not None
    assert select_room_for_user(people.connection, "r1", "b") is None


def test_a_public_room_is_shown_without_membership(people: World) -> None:
    people.room("r1")
    room = select_room_for_user(people.connection, "r1", "b")
    assert room is not None
    assert (room.membership, room.last_message_at) == (None, None)


def test_membership_and_the_last_message_are_shown(people: World) -> None:
    people.room("r1")
    people.join("r1", "a", role="owner")
    joined_at = people.now
    people.post("r1", "a")
    room = select_room_for_user(people.connection, "r1", "a")
    assert room is not None
    assert room.last_message_at == people.now
    assert room.membership is not None
    assert room.membership.model_dump() == {
        "role": "owner",
        "joined_at": joined_at,
        "read_message_id": None,
        "unread_count": 1,
    }


def test_a_place_is_what_decides_what_somebody_may_do(people: World) -> None:
    people.room("r1", visibility="private")
    people.room("r2", direct_key="a b")
    people.join("r1", "a", role="owner")
    people.room("r4")
    people.delete_room("r4")
    keys = [(room_id, user_id) for room_id in ("r1", "r2", "r3", "r4") for user_id in "ab"]
    assert select_places(people.connection, keys) == {
        ("r1", "a"): Place("private", direct=False, role="owner"),
        ("r1", "b"): Place("private", direct=False, role=None),
        ("r2", "a"): Place("public", direct=True, role=None),
        ("r2", "b"): Place("public", direct=True, role=None),
    }
    assert select_places(people.connection, []) == {}


def test_pages_hold_own_and_public_rooms_once_each(people: World) -> None:
    for number in range(10):
        room_id = f"r{number}"
        people.room(room_id, visibility="public" if number % 2 else "private")
        if number % 3 == 0:
            people.join(room_id, "a")
    people.delete_room("r1")
    seen: list[str] = []
    while page := select_rooms_for_user(people.connection, "a", seen[-1] if seen else None, 2):
        assert len(page) <= 2
        seen += [room.id for room in page]
    assert seen == ["r0", "r3", "r5", "r6", "r7", "r9"]


def test_a_deleted_room_is_gone_for_everybody(people: World) -> None:
    people.room("r1", visibility="private", direct_key="a b")
    people.join("r1", "a")
    people.post("r1", "a")
    people.delete_room("r1")
    assert select_room(people.connection, "r1") is None
    assert select_direct_room(people.connection, "a b") is None
    assert select_last_seq(people.connection, "r1") is None
    assert select_room_for_user(people.connection, "r1", "a") is None
    assert select_rooms_for_user(people.connection, "a", None, 10) == []
    assert select_room_ids(people.connection, "a") == []
    assert update_room(people.connection, "r1", name="Tea", topic="", visibility="public") is None
    assert people.delete_room("r1") is None
    people.room("r2", visibility="private", direct_key="a b")


def test_the_last_seq_counts_messages(people: World) -> None:
    people.room("r1")
    assert select_last_seq(people.connection, "r1") == 0
    people.post("r1", "a")
    assert select_last_seq(people.connection, "r1") == 1


def test_all_rooms_are_paged_by_id_whoever_may_see_them(people: World) -> None:
    made = [people.room(f"r{number}", visibility="private") for number in range(3)]
    people.room("r9")
    people.delete_room("r9")
    assert select_rooms(people.connection, None, 2) == made[:2]
    assert select_rooms(people.connection, "r1", 2) == made[2:]
