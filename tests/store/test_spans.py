"""Spans: one is open at a time."""

from __future__ import annotations

import pytest

from hubbub.store.spans import close_all_spans, close_span, open_span
from tests.store.world import FORBIDDEN, World


@pytest.fixture
def room(world: World) -> World:
    for name in "ab":
        world.user(name)
    world.room("r1")
    return world


def spans(world: World) -> list[tuple[str, int, int | None]]:
    return world.connection.execute("SELECT user_id, from_id, to_id FROM spans ORDER BY user_id, from_id").fetchall()


def test_one_opens_when_the_one_before_has_ended(room: World) -> None:
    open_span(room.connection, "r1", "a", 3)
    with pytest.raises(FORBIDDEN):
        open_span(room.connection, "r1", "a", 4)
    close_span(room.connection, "r1", "a", 7)
    open_span(room.connection, "r1", "a", 9)
    assert spans(room) == [("a", 3, 7), ("a", 9, None)]


def test_no_span_ends_before_it_begins(room: World) -> None:
    open_span(room.connection, "r1", "a", 3)
    with pytest.raises(FORBIDDEN):
        close_span(room.connection, "r1", "a", 2)


def test_all_open_ones_end_together(room: World) -> None:
    open_span(room.connection, "r1", "a", 1)
    close_span(room.connection, "r1", "a", 2)
    open_span(room.connection, "r1", "a", 3)
    open_span(room.connection, "r1", "b", 4)
    close_all_spans(room.connection, "r1", 9)
    assert spans(room) == [("a", 1, 2), ("a", 3, 9), ("b", 4, 9)]
