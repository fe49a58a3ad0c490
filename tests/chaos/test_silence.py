"""A silence is counted only while there is something to hear."""

from __future__ import annotations

from tests.chaos.history import History, Sight, Witness
from tests.chaos.silence import Silence, longest_silences


def history_of(acknowledged: dict[str, float], *arrivals: dict[str, float]) -> History:
    """Who saw what when."""
    history = History()
    for key, moment in acknowledged.items():
        history.send(key, at=0.0).acknowledged_at = moment
    for number, moments in enumerate(arrivals):
        sights = [Sight(key, key, moment) for key, moment in moments.items()]
        history.witnesses.append(Witness(str(number), sights))
    return history


def test_who_hears_at_once_is_in_no_silence_however_seldom_somebody_writes() -> None:
    history = history_of({"a": 1.0, "b": 60.0}, {"a": 1.0, "b": 60.0})
    assert [silence.seconds for silence in longest_silences(history)] == [0.0]


def test_it_begins_when_there_is_something_to_hear_and_ends_with_the_first_of_it() -> None:
    history = history_of({"a": 1.0, "b": 5.0, "c": 8.0}, {"a": 1.0, "b": 12.0, "c": 12.0})
    assert longest_silences(history) == [Silence("0", 5.0, 7.0)]


def test_it_begins_anew_with_each_message() -> None:
    history = history_of({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 3.0, "b": 6.0, "c": 7.0})
    assert longest_silences(history) == [Silence("0", 3.0, 3.0)]


def test_what_another_has_seen_is_there_though_its_author_does_not_know_yet() -> None:
    history = history_of({"a": 20.0}, {"a": 2.0}, {"a": 9.0})
    assert longest_silences(history) == [Silence("1", 2.0, 7.0), Silence("0", 2.0, 0.0)]


def test_what_comes_before_something_that_is_there_is_there_as_well() -> None:
    history = history_of({"a": 30.0, "b": 4.0}, {"a": 10.0, "b": 10.0})
    assert longest_silences(history) == [Silence("0", 4.0, 6.0)]


def test_who_reads_it_afterwards_was_in_no_silence() -> None:
    history = history_of({"a": 1.0}, {"a": 90.0})
    history.witnesses[0].live = False
    assert longest_silences(history) == []


def test_who_saw_nothing_is_for_the_checker_to_tell() -> None:
    assert longest_silences(history_of({"a": 1.0}, {})) == []
