"""Sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hubbub.store.sessions import (
    delete_expired_sessions,
    delete_oldest_sessions,
    delete_session,
    has_session,
    insert_session,
    select_session_by_token_hash,
    select_session_ends,
    select_sessions,
    touch_session,
)
from tests.store.world import World

DAY = timedelta(days=1)


@pytest.fixture
def people(world: World) -> World:
    world.user("u1")
    world.user("u2")
    return world


def sign_in(world: World, session_id: str, user_id: str) -> None:
    world.tick()
    insert_session(
        world.connection,
        session_id=session_id,
        user_id=user_id,
        token_hash=f"hash of {session_id}",
        now=world.now,
        expires_at=world.now + DAY,
        user_agent="a browser",
    )


def test_a_token_opens_its_session_and_tells_whose_it_is(people: World) -> None:
    sign_in(people, "s1", "u1")
    session = select_session_by_token_hash(people.connection, "hash of s1")
    assert session is not None
    assert (session.id, session.user.id, session.user_agent) == ("s1", "u1", "a browser")
    assert (session.created_at, session.last_used_at) == (people.now, people.now)
    assert session.expires_at == people.now + DAY
    assert select_session_by_token_hash(people.connection, "hash of s2") is None


def test_devices_are_listed_oldest_first_and_only_ones_own(people: World) -> None:
    for session_id, user_id in (("s3", "u1"), ("s2", "u2"), ("s1", "u1")):
        sign_in(people, session_id, user_id)
    assert [session.id for session in select_sessions(people.connection, "u1")] == ["s3", "s1"]


def test_use_moves_the_end_on(people: World) -> None:
    sign_in(people, "s1", "u1")
    later = people.now + timedelta(hours=1)
    assert touch_session(people.connection, "s1", last_used_at=later, expires_at=later + DAY)
    session = select_session_by_token_hash(people.connection, "hash of s1")
    assert session is not None
    assert (session.last_used_at, session.expires_at) == (later, later + DAY)
    assert not touch_session(people.connection, "s2", last_used_at=later, expires_at=later + DAY)


def test_nobody_ends_the_session_of_somebody_else(people: World) -> None:
    sign_in(people, "s1", "u1")
    assert not has_session(people.connection, "u2", "s1")
    assert not delete_session(people.connection, "u2", "s1")
    assert has_session(people.connection, "u1", "s1")
    assert delete_session(people.connection, "u1", "s1")
    assert not delete_session(people.connection, "u1", "s1")
    assert select_sessions(people.connection, "u1") == []


def test_what_has_expired_goes_at_its_very_end(people: World) -> None:
    sign_in(people, "s1", "u1")
    sign_in(people, "s2", "u1")
    end_of_first = people.now + DAY - timedelta(seconds=1)
    assert delete_expired_sessions(people.connection, end_of_first - timedelta(milliseconds=1)) == []
    assert delete_expired_sessions(people.connection, end_of_first) == [("u1", "s1")]
    assert [session.id for session in select_sessions(people.connection, "u1")] == ["s2"]


def test_the_sessions_longest_unused_make_room_for_others(people: World) -> None:
    for session_id in ("s1", "s2", "s3"):
        sign_in(people, session_id, "u1")
    sign_in(people, "other", "u2")
    later = people.now + timedelta(hours=1)
    touch_session(people.connection, "s1", last_used_at=later, expires_at=later + DAY)
    assert delete_oldest_sessions(people.connection, "u1", keep=3) == []
    assert delete_oldest_sessions(people.connection, "u1", keep=2) == ["s2"]
    assert {session.id for session in select_sessions(people.connection, "u1")} == {"s1", "s3"}
    assert has_session(people.connection, "u2", "other")


def test_the_ends_of_sessions_are_found_together(people: World) -> None:
    sign_in(people, "s1", "u1")
    first = people.now + DAY
    sign_in(people, "s2", "u2")
    found = select_session_ends(people.connection, ["s1", "s2", "gone", 'odd "name"'])
    assert found == {"s1": first, "s2": people.now + DAY}
    assert select_session_ends(people.connection, []) == {}
