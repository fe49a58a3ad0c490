"""What is FTS5's own: that its parts agree, and that nothing of the deleted stays in its pages."""

from __future__ import annotations

import pytest

from hubbub.store.connection import Connection
from hubbub.store.log import select_head
from hubbub.store.messages import delete_message, update_body
from hubbub.store.search import forget_erased, index_changes, merge_pages, select_erased, select_hits
from hubbub.store.words import Wanted
from hubbub.testing.clock import START
from tests.store.world import SqliteWorld


@pytest.fixture
def talk(sqlite_world: SqliteWorld) -> SqliteWorld:
    sqlite_world.user("a")
    sqlite_world.room("r1")
    return sqlite_world


def index(world: SqliteWorld) -> None:
    while index_changes(world.connection) < select_head(world.connection):
        pass


def test_after_an_edit_and_a_deletion_its_parts_agree(talk: SqliteWorld) -> None:
    for body in ("the first 東京", "the second"):
        talk.post("r1", "a", body)
    index(talk)
    update_body(talk.connection, "m1", "a", "the third", START)
    delete_message(talk.connection, "m2", START)
    # https://www.sqlite.org/fts5.html#the_integrity_check_command
    talk.connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")


def words_in_pages(connection: Connection) -> bytes:
    return b"".join(block for (block,) in connection.execute("SELECT block FROM search_data"))


def test_words_of_the_deleted_go_from_the_pages_with_the_next_merge(talk: SqliteWorld) -> None:
    for number in range(10):
        talk.post("r1", "a", " ".join(f"kept{number}{word}" for word in range(500)))
    talk.post("r1", "a", "confidential")
    index(talk)
    delete_message(talk.connection, "m11", START)
    assert b"onfidential" in words_in_pages(talk.connection)
    assert select_erased(talk.connection) == 1
    steps = 1
    more = merge_pages(talk.connection, -1)
    while more:
        more = merge_pages(talk.connection, 1)
        steps += 1
    assert steps > 2, "a page at a time"
    assert b"onfidential" not in words_in_pages(talk.connection)
    forget_erased(talk.connection, 1)
    assert select_erased(talk.connection) == 0
    hits, _ = select_hits(talk.connection, Wanted("kept7499"), 1_000, 10, 1_000)
    assert [hit.message_id for hit in hits] == ["m8"]
    assert not merge_pages(talk.connection, -1)
