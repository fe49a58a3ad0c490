"""Messages and history."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.contract.models import Message
from hubbub.domain.clock import timestamp
from hubbub.store.many import ROWS
from hubbub.store.messages import (
    NewMessage,
    StoredMessage,
    delete_message,
    insert_messages,
    posted_json,
    select_message,
    select_messages_after,
    select_messages_around,
    select_messages_before,
    select_posted_ids,
    update_body,
)
from hubbub.store.reactions import insert_reaction
from tests.store.world import FORBIDDEN, World


@pytest.fixture
def room(world: World) -> World:
    for name in "ab":
        world.user(name)
    for room_id in ("r1", "r2"):
        world.room(room_id)
    return world


def seqs(page: list[StoredMessage]) -> list[int]:
    return [stored.room_seq for stored in page]


def test_a_message_comes_back_as_it_was_posted(room: World) -> None:
    first = room.post("r1", "a", "ünï 🍵")
    answer = room.post("r1", "b", "yes", client_id="c1", reply_to=first.message.id)
    assert (first.message.body, first.message.created_at.isoformat()) == ("ünï 🍵", "2025-03-01T12:00:05+00:00")
    assert select_message(room.connection, first.message.id) == first
    assert select_posted_ids(room.connection, [("b", "c1"), ("a", "c1")]) == {("b", "c1"): (answer.message.id, False)}
    assert answer.message.reply_to == first.message.id
    assert select_message(room.connection, "m9") is None


def test_each_room_counts_its_own_messages(room: World) -> None:
    posted = [room.post(room_id, "a") for room_id in ("r1", "r2", "r1", "r1")]
    assert seqs(posted) == [1, 1, 2, 3]


def test_a_client_id_is_used_once_by_each_author(room: World) -> None:
    room.post("r1", "a", client_id="c1")
    room.post("r1", "b", client_id="c1")
    with pytest.raises(FORBIDDEN):
        room.post("r2", "a", client_id="c1")


def test_nothing_is_posted_to_a_room_that_is_not_there(room: World) -> None:
    room.delete_room("r2")
    for room_id in ("r2", "r3"):
        with pytest.raises(LookupError):
            insert_messages(room.connection, [NewMessage("m1", room_id, "a", "x")], room.now)


def test_many_at_once_are_as_one_after_another(room: World) -> None:
    """More than one statement takes, in rooms that take turns."""
    new = [
        NewMessage(f"n{number}", f"r{1 + number % 2}", "a", f"{number}", f"c{number}") for number in range(ROWS + 7)
    ]
    room.post("r1", "a")
    places = insert_messages(room.connection, new, room.now)
    assert places == [2 + number // 2 if number % 2 == 0 else 1 + number // 2 for number in range(len(new))]
    for place, each in zip(places, new, strict=True):
        stored = select_message(room.connection, each.id)
        assert stored is not None
        assert (stored.room_seq, stored.message.model_dump_json()) == (place, posted_json(each, timestamp(room.now)))
    delete_message(room.connection, "n3", room.now)
    keys = [("a", f"c{number}") for number in range(len(new) + 5)]
    assert select_posted_ids(room.connection, keys) == {
        ("a", f"c{number}"): (f"n{number}", number == 3) for number in range(len(new))
    }
    assert select_posted_ids(room.connection, []) == {}


@given(
    body=st.text(max_size=40),
    client_id=st.none() | st.text(max_size=40),
    reply_to=st.none() | st.text(max_size=10),
    now=st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_posted_is_written_as_the_model_would(
    body: str, client_id: str | None, reply_to: str | None, now: datetime
) -> None:
    new = NewMessage("m1", "r1", "ä", body, client_id, reply_to)
    written = posted_json(new, timestamp(now))
    assert Message.model_validate_json(written).model_dump_json() == written


def test_only_the_author_edits(room: World) -> None:
    posted = room.post("r1", "a")
    room.tick()
    assert update_body(room.connection, "m1", "b", "mine", room.now) is None
    edited = update_body(room.connection, "m1", "a", "better", room.now)
    assert edited is not None
    assert edited.message == posted.message.model_copy(update={"body": "better", "edited_at": room.now})
    assert edited.room_seq == posted.room_seq


def test_a_deleted_message_keeps_its_place_and_nothing_else(room: World) -> None:
    room.post("r1", "a")
    room.post("r1", "a")
    insert_reaction(room.connection, "m1", "👍", "b")
    deleted = delete_message(room.connection, "m1", room.now)
    assert deleted is not None
    assert (deleted.message.body, deleted.message.reactions) == ("", [])
    assert deleted.message.deleted_at == room.now
    assert select_message(room.connection, "m1") == deleted
    assert seqs(select_messages_before(room.connection, "r1", None, 10)) == [1, 2]
    assert delete_message(room.connection, "m1", room.now) is None
    assert update_body(room.connection, "m1", "a", "again", room.now) is None


def test_pages_bring_reactions(room: World) -> None:
    room.post("r1", "a")
    room.post("r1", "a")
    insert_reaction(room.connection, "m2", "👍", "b")
    page = select_messages_before(room.connection, "r1", None, 10)
    assert [[reaction.emoji for reaction in stored.message.reactions] for stored in page] == [[], ["👍"]]


def test_history_is_read_backwards_and_forwards_without_gap_or_repeat(room: World) -> None:
    for _ in range(10):
        room.post("r1", "a")
        room.post("r2", "a")
    backwards: list[int] = []
    while page := select_messages_before(room.connection, "r1", backwards[0] if backwards else None, 3):
        backwards = seqs(page) + backwards
    forwards: list[int] = []
    while page := select_messages_after(room.connection, "r1", forwards[-1] if forwards else None, 3):
        forwards += seqs(page)
    assert backwards == forwards == list(range(1, 11))


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [
        (5, 3, [4, 5, 6]),
        (5, 4, [3, 4, 5, 6]),
        (1, 4, [1, 2, 3, 4]),
        (10, 4, [7, 8, 9, 10]),
        (5, 1, [5]),
        (5, 50, list(range(1, 11))),
    ],
)
def test_a_page_around_a_message_is_as_full_as_the_room_allows(
    room: World, seq: int, limit: int, expected: list[int]
) -> None:
    for _ in range(10):
        room.post("r1", "a")
    assert seqs(select_messages_around(room.connection, "r1", seq, limit)) == expected


def test_around_in_a_room_that_is_not_there_is_nothing(room: World) -> None:
    assert select_messages_around(room.connection, "r3", 1, 10) == []
