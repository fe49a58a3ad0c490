"""Membership and read marks."""

from __future__ import annotations

import pytest

from hubbub.contract.models import Member
from hubbub.store.members import (
    delete_member,
    insert_member,
    select_member,
    select_members,
    select_members_of,
    select_oldest_other_member,
    select_room_ids,
    update_member_role,
    update_read_seq,
    update_read_seqs,
)
from hubbub.store.rooms import select_room, select_room_for_user
from tests.store.world import World


@pytest.fixture
def people(world: World) -> World:
    for name in "abc":
        world.user(name)
    for room_id in ("r1", "r2"):
        world.room(room_id)
    return world


def count(world: World) -> int:
    room = select_room(world.connection, "r1")
    assert room is not None
    return room.member_count


def test_who_joins_is_counted_and_has_read_everything(people: World) -> None:
    people.join("r1", "a")
    people.post("r1", "a")
    newest = people.post("r1", "a").message
    people.join("r1", "b")
    assert select_member(people.connection, "r1", "b") == Member(
        room_id="r1", user_id="b", role="member", joined_at=people.now, read_message_id=newest.id
    )
    assert count(people) == 2
    room = select_room_for_user(people.connection, "r1", "b")
    assert room is not None
    assert room.membership is not None
    assert room.membership.unread_count == 0


def test_joining_again_changes_nothing(people: World) -> None:
    people.join("r1", "a", role="owner")
    assert people.join("r1", "a") is None
    assert count(people) == 1
    member = select_member(people.connection, "r1", "a")
    assert member is not None
    assert member.role == "owner"


def test_nobody_joins_a_room_that_is_not_there(people: World) -> None:
    people.delete_room("r2")
    for room_id in ("r2", "r3"):
        assert insert_member(people.connection, room_id=room_id, user_id="a", role="member", now=people.now) is None


def test_leaving_counts_down_once(people: World) -> None:
    people.join("r1", "a")
    assert delete_member(people.connection, "r1", "a")
    assert not delete_member(people.connection, "r1", "a")
    assert count(people) == 0
    assert select_member(people.connection, "r1", "a") is None


def test_members_come_in_pages(people: World) -> None:
    for name in "cab":
        people.join("r1", name)
    people.join("r2", "a")
    first = select_members(people.connection, "r1", None, 2)
    second = select_members(people.connection, "r1", first[-1].user_id, 2)
    assert [member.user_id for member in [*first, *second]] == ["a", "b", "c"]


def test_the_room_passes_to_who_has_been_there_longest(people: World) -> None:
    for name in "bca":
        people.join("r1", name)
    heirs = [select_oldest_other_member(people.connection, "r1", name) for name in "bc"]
    assert [heir.user_id for heir in heirs if heir] == ["c", "b"]
    assert select_oldest_other_member(people.connection, "r2", "a") is None


def test_rooms_of_a_user_and_users_of_rooms(people: World) -> None:
    people.join("r2", "a")
    people.join("r1", "a")
    people.join("r1", "b")
    assert select_room_ids(people.connection, "a") == ["r1", "r2"]
    assert select_room_ids(people.connection, "c") == []
    assert select_members_of(people.connection, ["r1", "r2", "r3"]) == {"r1": ["a", "b"], "r2": ["a"], "r3": []}


def test_a_role_changes(people: World) -> None:
    people.join("r1", "a")
    changed = update_member_role(people.connection, "r1", "a", "owner")
    assert changed is not None
    assert changed.role == "owner"
    assert update_member_role(people.connection, "r1", "b", "owner") is None


def test_a_read_mark_only_moves_forward(people: World) -> None:
    people.join("r1", "a")
    people.join("r1", "b")
    posted = [people.post("r1", "a") for _ in range(3)]
    assert update_read_seq(people.connection, "r1", "b", posted[1].room_seq)
    assert not update_read_seq(people.connection, "r1", "b", posted[1].room_seq)
    assert not update_read_seq(people.connection, "r1", "b", posted[0].room_seq)
    assert not update_read_seq(people.connection, "r1", "c", posted[0].room_seq)
    marks = {("r1", "a"): posted[1].room_seq, ("r1", "b"): posted[0].room_seq, ("r1", "c"): posted[1].room_seq}
    update_read_seqs(people.connection, marks)
    read = people.connection.execute("SELECT user_id, read_seq FROM members WHERE room_id = 'r1' ORDER BY user_id")
    assert read.fetchall() == [("a", posted[1].room_seq), ("b", posted[1].room_seq)]
    member = select_member(people.connection, "r1", "b")
    assert member is not None
    assert member.read_message_id == posted[1].message.id
    room = select_room_for_user(people.connection, "r1", "b")
    assert room is not None
    assert room.membership is not None
    assert (room.membership.unread_count, room.membership.read_message_id) == (1, posted[1].message.id)
