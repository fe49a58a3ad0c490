"""A connection is itself, whoever else it belongs to."""

from __future__ import annotations

from hubbub.live.subscription import Listener, Outlet, Subscription
from tests.live.ears import Ear, SmallEar


def test_connections_of_one_person_are_told_apart() -> None:
    person = Listener("ada")
    tabs = [Subscription("same id", person, "same session", Ear(), position=7) for _ in range(2)]
    assert len(set(tabs)) == 2
    assert {tab.user_id for tab in tabs} == {"ada"}


def test_a_connection_begins_neither_live_nor_closed() -> None:
    tab = Subscription("1", Listener("ada"), "session", Ear(), position=0)
    assert not tab.live
    assert not tab.closed


def test_what_the_tests_hear_by_is_an_outlet() -> None:
    outlets: list[Outlet] = [Ear(), SmallEar()]
    assert len({outlet.encode for outlet in outlets}) == 1
