"""Runs are the changes in their order, cut wherever somebody may come or go."""

from __future__ import annotations

import pytest

from hubbub.domain.changes import LoggedChange
from hubbub.live.audience import MOVES
from hubbub.live.runs import RUN_CHARS, runs_of


def change(id: int, room_id: str | None = "a", type: str = "message_posted", data: str = "{}") -> LoggedChange:
    return LoggedChange(id, f"log-{id}", type, room_id, "ada", "now", data)


def ids(changes: list[LoggedChange]) -> list[list[int]]:
    return [[each.id for each in run] for run in runs_of(changes)]


def test_what_one_room_hears_is_one_run() -> None:
    rooms: list[str | None] = ["a", "a", "b", "a", "a", None, None]
    assert ids([change(id, room_id) for id, room_id in enumerate(rooms)]) == [[0, 1], [2], [3, 4], [5, 6]]
    assert ids([]) == []


@pytest.mark.parametrize("type", sorted(MOVES))
def test_whoever_comes_or_goes_is_a_run_of_their_own(type: str) -> None:
    assert ids([change(1), change(2), change(3, type=type), change(4, type=type), change(5)]) == [
        [1, 2],
        [3],
        [4],
        [5],
    ]


def test_a_run_is_bounded_and_one_change_alone_is_not() -> None:
    half, large = "x" * (RUN_CHARS // 2), "x" * (RUN_CHARS + 1)
    assert ids([change(id, data=data) for id, data in enumerate([half, half, half, large, "{}"])]) == [
        [0, 1],
        [2],
        [3],
        [4],
    ]
