"""The index of words: what is found by what, in which order, and that it follows the log."""

from __future__ import annotations

import pytest

from hubbub.store.log import select_head
from hubbub.store.messages import delete_message, update_body
from hubbub.store.migrate import migrations
from hubbub.store.search import (
    forget_erased,
    index_changes,
    merge_pages,
    select_erased,
    select_hits,
    select_indexed_to,
)
from hubbub.store.thread import ThreadedConnection
from hubbub.store.words import Wanted
from hubbub.testing.clock import START
from tests.store.world import World

EVERYWHERE = 10_000  # more than any log here is long


@pytest.fixture
def talk(world: World) -> World:
    for name in "ab":
        world.user(name)
    for room_id in ("r1", "r2"):
        world.room(room_id)
    return world


def index(world: World) -> None:
    while index_changes(world.connection) < select_head(world.connection):
        pass


def found(world: World, text: str, room_id: str | None = None, author_id: str | None = None) -> list[str]:
    """The ids of the messages, newest first."""
    index(world)
    hits, place = select_hits(world.connection, Wanted(text, room_id, author_id), EVERYWHERE, 100, EVERYWHERE)
    assert place == 0
    return [hit.message_id for hit in hits]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Hello, world!", "hello"),
        ("Hello, world!", "WORLD hello"),
        ("Café au lait", "cafe"),
        ("cafe", "CAFÉ"),
        ("Ελλάδα", "ΕΛΛΆΔΑ"),
        ("I can't", "can't"),
        ("see foo-bar.py", "foo-bar"),
        ("今日は東京に行きます", "東京"),
        ("今日は東京に行きます", "京"),
        ("한국어를 배워요", "한국어"),
        ("สวัสดีครับ", "สวัสดี"),
        ("done🎉", "done"),
        ("done🎉", "🎉"),
        ("👩🏽‍🚒 on duty", "🚒"),
        ("x", "x"),
        ("hello", "hello !!!"),
        ("hello", "hello " * 10),
        ("hello there", '"hello'),
        ("hello there", "hello* (there)"),
        ("to be OR not", "NOT or"),
        ("NEAR and far", "near"),
        ("body of text", "body"),
        ("price: $5 {now}", "$5 {now}"),
    ],
)
def test_a_message_is_found_by(talk: World, body: str, text: str) -> None:
    talk.post("r1", "a", body)
    assert found(talk, text) == ["m1"]


@pytest.mark.parametrize(
    "text",
    [
        "hell",
        "hello bob",
        "hello AND world",
        "hello OR bob",
        "hello NOT bob",
        "hello NEAR world",
        "world-hello",
        "body:hello",
        "room:r1",
        "r1",
        "a",
        "京東",
        "!!!",
        '"',
        '""',
        "*",
        "'; DROP TABLE search; --",
        "\ud7ff\ufffd\u202e",
    ],
)
def test_nothing_in_it_is_syntax_and_these_find_nothing(talk: World, text: str) -> None:
    talk.post("r1", "a", "Hello, world! 東京")
    assert found(talk, text) == []


@pytest.mark.parametrize(
    "text", ['"' * 100, "東" * 100, "a " * 50, "(" * 100, " ".join("abcdefghijklmnopqrstuvwxyz" * 2)]
)
def test_the_longest_query_is_looked_up_like_any_other(talk: World, text: str) -> None:
    talk.post("r1", "a", text)
    assert found(talk, text) in (["m1"], [])  # of signs alone there is no word to find


def test_by_room_and_by_author(talk: World) -> None:
    for room_id, author_id in [("r1", "a"), ("r1", "b"), ("r2", "a"), ("r2", "b")]:
        talk.post(room_id, author_id, "hello")
    assert found(talk, "hello", room_id="r1") == ["m2", "m1"]
    assert found(talk, "hello", author_id="b") == ["m4", "m2"]
    assert found(talk, "hello", room_id="r2", author_id="a") == ["m3"]
    assert found(talk, "hello", room_id="a") == []
    assert found(talk, "hello", author_id='"') == []


def test_pages_have_everything_once_newest_first_whatever_their_size_and_reach(talk: World) -> None:
    for number in range(30):
        talk.post(f"r{number % 2 + 1}", "a", "hello" if number % 3 else "bye")
    whole = found(talk, "hello")
    assert whole == [f"m{number + 1}" for number in reversed(range(30)) if number % 3]
    for limit, scan in [(1, 100), (4, 7), (100, 1), (3, 30)]:
        place, pages = EVERYWHERE, []
        while place > 0:
            hits, lower = select_hits(talk.connection, Wanted("hello"), place, limit, scan)
            assert lower < place
            place = lower
            pages += [hit.message_id for hit in hits]
        assert pages == whole


def test_a_post_is_in_once_it_is_taken_in_a_few_changes_at_a_time(talk: World) -> None:
    for _ in range(5):
        talk.post("r1", "a")
    head = select_head(talk.connection)
    assert select_indexed_to(talk.connection) == 0
    assert index_changes(talk.connection, head - 1) == head - 1 == select_indexed_to(talk.connection)
    hits, _ = select_hits(talk.connection, Wanted("hello"), EVERYWHERE, 10, EVERYWHERE)
    assert [hit.message_id for hit in hits] == ["m4", "m3", "m2", "m1"]
    assert index_changes(talk.connection) == head == index_changes(talk.connection)
    assert len(found(talk, "hello")) == 5


@pytest.mark.parametrize("indexed", [True, False], ids=["when it is in", "before it is"])
def test_an_edit_and_a_deletion_change_by_what_it_is_found(talk: World, indexed: bool) -> None:
    talk.post("r1", "a", "the first 東京")
    talk.post("r1", "a", "the second")
    if indexed:
        index(talk)
    assert update_body(talk.connection, "m1", "a", "the third", START) is not None
    assert found(talk, "first") == found(talk, "東") == []
    assert found(talk, "third") == ["m1"]
    if indexed:
        index(talk)
    assert delete_message(talk.connection, "m1", START) is not None
    assert found(talk, "third") == []
    assert found(talk, "the") == ["m2"]


def test_what_is_not_done_changes_nothing(talk: World) -> None:
    talk.post("r1", "a", "hello")
    index(talk)
    assert update_body(talk.connection, "m1", "b", "not mine", START) is None
    delete_message(talk.connection, "m1", START)
    assert delete_message(talk.connection, "m1", START) is None
    assert update_body(talk.connection, "m1", "a", "too late", START) is None
    assert found(talk, "hello") == found(talk, "mine") == found(talk, "late") == []
    assert select_erased(talk.connection) == 1


def test_what_was_erased_is_forgotten_once_nothing_is_left_to_merge(talk: World) -> None:
    talk.post("r1", "a", "confidential")
    talk.post("r1", "a", "kept")
    index(talk)
    delete_message(talk.connection, "m1", START)
    assert select_erased(talk.connection) == 1
    while merge_pages(talk.connection, -1):
        pass
    forget_erased(talk.connection, 1)
    assert select_erased(talk.connection) == 0
    assert (found(talk, "confidential"), found(talk, "kept")) == ([], ["m2"])


def test_a_database_from_before_is_filled_from_its_log(world: World) -> None:
    sqlite = isinstance(world.connection, ThreadedConnection)
    (_, first), (number, sql), *_ = migrations() if sqlite else migrations("postgres/migrations")
    assert (number, "search" in first) == (2, False)
    old = World(world.connection)
    old.user("a")
    old.room("r1")
    old.post("r1", "a", "from before")
    old.post("r1", "a", "gone before")
    delete_message(old.connection, "m2", START)
    # As the database was: the migration came after all of this.
    old.connection.execute("DROP TABLE search")
    old.connection.execute("DROP TABLE search_state")
    for statement in sql.strip().split(";\n"):
        old.connection.execute(statement)
    assert found(old, "before") == ["m1"]
