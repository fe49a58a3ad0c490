"""A page is its changes in order, in parts of a bounded size, made once for each transport."""

from __future__ import annotations

import pytest

from hubbub.domain.changes import LoggedChange
from hubbub.live.pages import Page
from hubbub.live.runs import RUN_CHARS
from tests.live.ears import encode


def change(id: int, chars: int) -> LoggedChange:
    return LoggedChange(id, f"log-{id}", "message_posted", "room", "ada", "now", '"' + "x" * (chars - 2) + '"')


@pytest.mark.parametrize(
    ("sizes", "last_ids"),
    [([], []), ([10, 10], [2]), ([RUN_CHARS // 3] * 5, [2, 4, 5]), ([10, 2 * RUN_CHARS, 10], [1, 2, 3])],
)
def test_parts_are_as_large_as_they_may_be(sizes: list[int], last_ids: list[int]) -> None:
    changes = [change(id, chars) for id, chars in enumerate(sizes, start=1)]
    page = Page(changes)
    parts = page.parts(encode, tuple)
    assert [part.last_id for part in parts] == last_ids
    assert [packet for part in parts for packet in part.bundle] == [encode(each.type, each.json) for each in changes]
    assert all(part.chars == sum(map(len, part.bundle)) for part in parts)
    assert all(part.chars <= RUN_CHARS or len(part.bundle) == 1 for part in parts)
    assert page.chars == sum(sizes)


def test_each_transport_has_its_own_made_once() -> None:
    page = Page([change(1, 10)])
    assert page.parts(encode, tuple) is page.parts(encode, list)

    def other(event: str, payload: str) -> str:
        return payload

    assert page.parts(other, tuple)[0].bundle == (change(1, 10).json,)
