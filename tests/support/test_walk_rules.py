"""The rules that walks are held to: each kind of fault is found."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.domain.changes import LoggedChange
from tests.support.roamer import Answer
from tests.support.walk_rules import Deeds, check_heard_all

YES, NO, MAYBE = Answer(done=True, sure=True), Answer(done=False, sure=True), Answer(done=False, sure=False)


def change(place: int, body: str = "hello") -> dict[str, Any]:
    return {"cursor": f"epoch-{place:x}", "type": "message_posted", "data": {"id": str(place), "body": body}}


def posted(*client_ids: str) -> list[LoggedChange]:
    return [
        LoggedChange(place, f"epoch-{place:x}", "message_posted", "room", "user", "now", f'{{"client_id": "{id}"}}')
        for place, id in enumerate(client_ids)
    ]


@pytest.mark.parametrize(
    ("heard", "fault"),
    [
        ([9, 10, 10, 11], r"heard \[9, 10, 10, 11\]"),
        ([10, 9, 11], r"heard \[10, 9, 11\]"),
        ([9, 11], "never heard .*epoch-a"),
    ],
    ids=["twice", "out of order", "missed"],
)
def test_what_was_not_heard_once_and_in_order_is_found(heard: list[int], fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_heard_all("Ada", [change(each) for each in heard], [change(each) for each in (9, 10, 11)])


def test_another_text_is_found_but_for_one_that_was_taken_back() -> None:
    check_heard_all("Ada", [change(8), change(9)], [change(9, body="")])
    with pytest.raises(AssertionError, match="where the log has"):
        check_heard_all("Ada", [change(9)], [change(9, body="hullo")])


@pytest.mark.parametrize(
    ("answer", "logged", "right"),
    [
        (YES, [], False),
        (YES, ["one"], True),
        (YES, ["one", "one"], False),
        (NO, [], True),
        (NO, ["one"], False),
        (MAYBE, [], True),
        (MAYBE, ["one"], True),
        (MAYBE, ["one", "one"], False),
        (YES, ["one", "another"], False),
    ],
)
def test_a_deed_is_in_the_log_as_often_as_it_was_done(answer: Answer, logged: list[str], right: bool) -> None:
    deeds = Deeds()
    deeds.note(answer, "message_posted", "one")
    if right:
        deeds.check(posted(*logged))
    else:
        with pytest.raises(AssertionError, match="times in the log"):
            deeds.check(posted(*logged))
