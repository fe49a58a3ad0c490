"""The change log: who sees what of it, in which order, and what a deletion takes out of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.contract.models import Visibility
from hubbub.domain.cursors import decode_cursor
from hubbub.store.log import (
    begin_epoch,
    redact_message,
    select_change_range,
    select_changes,
    select_changes_by_id,
    select_epoch,
    select_former_epochs,
    select_head,
    select_posted_change,
    select_versions,
    select_visible_ids,
)
from hubbub.store.rooms import update_room
from tests.store.world import EPOCH, World, connect

USERS = ("a", "b", "c")
ROOMS = ("r1", "r2", "r3")


def seen_by(world: World, user_id: str, after_id: int = 0) -> list[int]:
    changes, scanned_to = select_changes(world.connection, EPOCH, user_id, after_id, 1_000)
    ids = tuple(change.id for change in changes)
    assert select_visible_ids(world.connection, user_id, after_id, 1_000) == (ids, scanned_to)
    assert select_changes_by_id(world.connection, EPOCH, ids) == changes
    return list(ids)


def test_a_change_comes_back_as_it_was_written(world: World) -> None:
    written = world.logged("user_changed", None, data='{"name":"ünï"}')
    assert select_change_range(world.connection, EPOCH, 0, 1) == [written]
    assert decode_cursor(EPOCH, written.cursor, {}) == written.id == select_head(world.connection)
    assert json.loads(written.json)["data"] == {"name": "ünï"}


def test_every_database_has_an_epoch_of_its_own(world: World) -> None:
    other = connect()
    try:
        assert select_epoch(world.connection) != select_epoch(other)
        assert decode_cursor(select_epoch(other), f"{select_epoch(other)}-ff", {}) == 255
    finally:
        other.close()


def test_an_empty_log_has_a_head_and_nothing_to_see(world: World) -> None:
    assert select_head(world.connection) == 0
    assert select_changes(world.connection, EPOCH, "a", 0, 10) == ([], 0)


def test_a_cursor_ahead_of_the_log_stays_where_it_is(world: World) -> None:
    world.change("user_changed", None)
    assert select_changes(world.connection, EPOCH, "a", 7, 10) == ([], 7)
    assert select_visible_ids(world.connection, "a", 7, 10) == ((), 7)


def test_a_scan_ends_at_its_bound_and_goes_on_from_there(world: World) -> None:
    world.room("r1")
    for _ in range(10):
        world.change("message_posted", "r1")
    everybody = world.change("user_changed", None)
    found, at = select_changes(world.connection, EPOCH, "a", 0, 10, scan=6)
    assert (found, at) == ([], 6)
    found, at = select_changes(world.connection, EPOCH, "a", at, 10, scan=6)
    assert ([change.id for change in found], at) == ([everybody], everybody)
    assert select_visible_ids(world.connection, "a", 0, 10, scan=6) == ((), 6)
    assert select_visible_ids(world.connection, "a", 6, 10, scan=6) == ((everybody,), everybody)


def test_a_full_page_ends_at_its_last_change(world: World) -> None:
    for _ in range(5):
        world.change("user_changed", None)
    found, at = select_changes(world.connection, EPOCH, "a", 1, 2)
    assert ([change.id for change in found], at) == ([2, 3], 3)
    assert select_visible_ids(world.connection, "a", 1, 2) == ((2, 3), 3)


def test_a_range_is_open_below_closed_above_and_bounded(world: World) -> None:
    for _ in range(5):
        world.change("message_posted", "r1")
    assert [change.id for change in select_change_range(world.connection, EPOCH, 1, 4)] == [2, 3, 4]
    assert [change.id for change in select_change_range(world.connection, EPOCH, 1, 4, limit=2)] == [2, 3]


def test_who_was_removed_from_a_private_room_learns_only_that(world: World) -> None:
    world.user("a")
    world.room("r1", visibility="private")
    world.join("r1", "a")
    world.post("r1", "a")
    left = world.leave("r1", "a")
    assert seen_by(world, "a") == [left]


def test_who_left_a_public_room_still_has_what_they_saw(world: World) -> None:
    world.user("a")
    world.room("r1")
    joined = world.join("r1", "a")
    world.post("r1", "a")
    left = world.leave("r1", "a")
    world.post("r1", "a")
    assert seen_by(world, "a") == [joined, 2, left]


def test_ids_are_never_given_twice(world: World) -> None:
    world.change("user_changed", None)
    world.connection.execute("DELETE FROM changes")
    assert world.change("user_changed", None) == 2
    assert select_head(world.connection) == 2


def test_a_deleted_message_leaves_no_body_in_the_log(world: World) -> None:
    world.user("a")
    world.room("r1")
    world.post("r1", "a", "a secret")
    world.change("message_edited", "r1", data='{"body":"a better secret","id":"m1"}', message_id="m1")
    world.post("r1", "a", "no secret")
    redact_message(world.connection, "m1")
    rows = select_change_range(world.connection, EPOCH, 0, 3)
    assert [json.loads(row.data)["body"] for row in rows] == ["", "", "no secret"]
    assert json.loads(rows[0].data)["id"] == "m1"


def test_data_without_a_body_is_not_given_one(world: World) -> None:
    world.change("reaction_added", "r1", data='{"emoji":"👍"}', message_id="m1")
    redact_message(world.connection, "m1")
    assert json.loads(select_change_range(world.connection, EPOCH, 0, 1)[0].data) == {"emoji": "👍"}


def test_the_first_answer_to_a_message_is_found(world: World) -> None:
    world.user("a")
    world.room("r1")
    stored = world.post("r1", "a")
    world.change("message_edited", "r1", message_id="m1")
    posted = select_posted_change(world.connection, EPOCH, "m1")
    assert posted is not None
    assert json.loads(posted.data) == json.loads(stored.message.model_dump_json())
    assert select_posted_change(world.connection, EPOCH, "m2") is None


@dataclass
class NaiveServer:
    """Remembers for each change who was there when it happened, and asks everything anew on each replay."""

    world: World
    present: dict[str, set[str]] = field(default_factory=lambda: {room: set() for room in ROOMS})
    open_to_all: set[str] = field(default_factory=lambda: set(ROOMS))
    heard: list[tuple[int, str | None, frozenset[str]]] = field(default_factory=list)  # (change, room, who)
    last_words: set[tuple[int, str]] = field(default_factory=set)  # (change, who heard it and nothing after it)
    left_since: dict[str, dict[str, int]] = field(default_factory=lambda: {room: {} for room in ROOMS})

    def join(self, room: str, user: str) -> None:
        change_id = self.world.join(room, user)
        if change_id is not None:
            self.present[room].add(user)
            self._hear(change_id, room, self.present[room])

    def leave(self, room: str, user: str) -> None:
        change_id = self.world.leave(room, user)
        if change_id is not None:
            self._hear(change_id, room, self.present[room])
            self._depart(change_id, room, user)

    def post(self, room: str) -> None:
        self._hear(self.world.change("message_posted", room), room, self.present[room])

    def tell_everybody(self) -> None:
        self._hear(self.world.change("user_changed", None), None, set(USERS))

    def turn(self, room: str) -> None:
        visibility: Visibility = "private" if room in self.open_to_all else "public"
        if update_room(self.world.connection, room, name=room, topic="", visibility=visibility) is not None:
            self.open_to_all ^= {room}

    def delete(self, room: str) -> None:
        change_id = self.world.delete_room(room)
        if change_id is not None:
            self._hear(change_id, room, self.present[room])
            for user in list(self.present[room]):
                self._depart(change_id, room, user)
            self.open_to_all.discard(room)

    def replay(self, user: str) -> list[int]:
        return [
            change_id
            for change_id, room, who in self.heard
            if user in who
            and (
                room is None
                or change_id > self.left_since[room].get(user, 0)
                or (change_id, user) in self.last_words
                or room in self.open_to_all
            )
        ]

    def _hear(self, change_id: int, room: str | None, who: set[str]) -> None:
        self.heard.append((change_id, room, frozenset(who)))

    def _depart(self, change_id: int, room: str, user: str) -> None:
        self.present[room].discard(user)
        self.last_words.add((change_id, user))
        self.left_since[room][user] = change_id

    def act(self, name: str, room: str, user: str) -> None:
        match name:
            case "join":
                self.join(room, user)
            case "leave":
                self.leave(room, user)
            case "post":
                self.post(room)
            case "turn":
                self.turn(room)
            case "delete":
                self.delete(room)
            case _:
                self.tell_everybody()


ACTS = ("join", "join", "leave", "post", "post", "turn", "delete", "tell everybody")
histories = st.lists(
    st.tuples(st.sampled_from(ACTS), st.sampled_from(ROOMS), st.sampled_from(USERS)), min_size=30, max_size=80
)


@settings(max_examples=100, deadline=None)
@given(histories, st.integers(1, 5), st.integers(1, 7))
def test_replay_is_what_was_heard_at_the_time(history: list[tuple[str, str, str]], limit: int, scan: int) -> None:
    connection = connect()
    try:
        server = NaiveServer(World(connection))
        for user in USERS:
            server.world.user(user)
        for room in ROOMS:
            server.world.room(room)
        for act in history:
            server.act(*act)
        for user in USERS:
            assert replayed(server.world, user, limit, scan) == server.replay(user)
    finally:
        connection.close()


def replayed(world: World, user: str, limit: int, scan: int) -> list[int]:
    """Everything from the first cursor on, page by page."""
    found: list[int] = []
    at = 0
    while at < select_head(world.connection):
        page, reached = select_changes(world.connection, EPOCH, user, at, limit, scan)
        assert at < reached <= at + scan
        assert len(page) <= limit
        found += [change.id for change in page]
        at = reached
    return found


def test_a_log_that_is_named_anew_remembers_what_it_was_called_and_how_far(world: World) -> None:
    first = select_epoch(world.connection)
    world.change("user_changed", None)
    second = begin_epoch(world.connection)
    assert select_former_epochs(world.connection) == {first: 1}
    assert decode_cursor(second, f"{second}-1", {}) == 1  # of the form that a cursor has
    world.change("user_changed", None)
    third = begin_epoch(world.connection)
    assert (select_epoch(world.connection), select_former_epochs(world.connection)) == (third, {first: 1, second: 2})


def test_the_versions_of_a_message_are_what_its_author_wrote(world: World) -> None:
    for type, data in (("message_posted", "1"), ("reaction_added", "2"), ("message_edited", "3")):
        world.change(type, None, data=data, message_id="m1")
    world.change("message_posted", None, data="4", message_id="m2")
    assert [data for _, data in select_versions(world.connection, "m1")] == ["1", "3"]
