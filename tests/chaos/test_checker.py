"""The checker finds each way in which a run can be wrong, and nothing in one that is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.chaos.checker import find_faults
from tests.chaos.history import History, Sight, Witness

KEYS = ("a1", "b1", "a2", "b2")  # by two authors, in the order of the log
NAMES = ("Ada's phone", "Bob's", "Eve's")


def right() -> History:
    """Four messages, each sent when the one before it was acknowledged, and three who saw them all."""
    history = History()
    for moment, key in enumerate(KEYS):
        posting = history.send(key, at=moment)
        posting.acknowledged_at, posting.message_id = moment + 0.5, f"id of {key}"
    for name in NAMES:
        sights = [Sight(key, f"id of {key}", moment + 0.6) for moment, key in enumerate(KEYS)]
        history.witnesses.append(Witness(name, sights))
    return history


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert find_faults(right()) == []


def test_what_was_not_acknowledged_may_be_seen_by_all_or_by_nobody() -> None:
    history = right()
    history.send("a3", at=5)
    assert find_faults(history) == []
    for witness in history.witnesses:
        witness.sights.append(Sight("a3", "id of a3", 6))
    assert find_faults(history) == []


def test_what_is_sent_at_the_same_time_may_come_in_any_order_that_is_the_same_for_all() -> None:
    history = right()
    history.postings["b2"].sent_at = history.postings["a2"].sent_at
    for witness in history.witnesses:
        swap(witness, 2, 3)
    assert find_faults(history) == []


def swap(witness: Witness, first: int, second: int) -> None:
    sights = witness.sights
    sights[first], sights[second] = sights[second], sights[first]


def lose_the_last(history: History) -> None:
    history.witnesses[1].sights.pop()


def lose_one_in_the_middle(history: History) -> None:
    del history.witnesses[2].sights[1]


def lose_for_everybody(history: History) -> None:
    for witness in history.witnesses:
        del witness.sights[2]


def lose_for_the_author(history: History) -> None:
    history.witnesses[0].sights.clear()


def see_again_at_once(history: History) -> None:
    sights = history.witnesses[0].sights
    sights.insert(2, sights[1])


def see_again_much_later(history: History) -> None:
    sights = history.witnesses[2].sights
    sights.append(sights[0])


def store_twice(history: History) -> None:
    history.witnesses[1].sights.insert(2, Sight("b1", "another id", 1.7))


def acknowledge_another(history: History) -> None:
    history.postings["a2"].message_id = "another id"


def see_by_two_ids(history: History) -> None:
    history.witnesses[0].sights[3] = Sight("b2", "another id", 3.6)


def see_what_nobody_sent(history: History) -> None:
    history.witnesses[0].sights.append(Sight("c1", "id of c1", 5))


def see_in_two_orders(history: History) -> None:
    # Sent at the same time, so that either order would do.
    history.postings["b2"].sent_at = history.postings["a2"].sent_at
    swap(history.witnesses[1], 2, 3)


def overtake_for_all(history: History) -> None:
    for witness in history.witnesses:
        swap(witness, 1, 2)


def overtake_oneself(history: History) -> None:
    history.postings["b1"].sent_at = history.postings["b2"].sent_at = 0
    history.postings["b1"].acknowledged_at = 9
    for witness in history.witnesses:
        swap(witness, 0, 2)


WRONG: dict[Callable[[History], None], str] = {
    lose_the_last: "lost",
    lose_one_in_the_middle: "lost",
    lose_for_everybody: "lost",
    lose_for_the_author: "lost",
    see_again_at_once: "doubled",
    see_again_much_later: "doubled",
    store_twice: "doubled",
    acknowledge_another: "doubled",
    see_by_two_ids: "doubled",
    see_what_nobody_sent: "forged",
    see_in_two_orders: "out of order",
    overtake_for_all: "out of order",
    overtake_oneself: "out of order",
}


@pytest.mark.parametrize("spoil", WRONG, ids=lambda spoil: spoil.__name__)
def test_what_is_wrong_is_found_and_named(spoil: Callable[[History], None]) -> None:
    history = right()
    spoil(history)
    assert {finding.kind for finding in find_faults(history)} == {WRONG[spoil]}


def test_each_loss_is_told() -> None:
    history = right()
    lose_for_everybody(history)
    assert len(find_faults(history)) == len(NAMES)


def test_a_finding_says_who_and_what() -> None:
    history = right()
    lose_the_last(history)
    (finding,) = find_faults(history)
    assert str(finding) == "lost: Bob's never saw b2, which was acknowledged"


def test_a_key_is_of_one_message() -> None:
    with pytest.raises(ValueError, match="a1 was posted before"):
        right().send("a1", at=9)
