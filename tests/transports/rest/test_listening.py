"""The register of requests that last: bounds that hold, and an end for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hubbub.composite.connections import ConnectionBounds
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.live.hub import CATCH_UP_CHARS
from hubbub.transports.rest.listening import RETRY_SECONDS, Listeners, ListenLimits, Places

UTF8_BYTES = 4  # of a character, at the most


@dataclass(eq=False)
class Waiter:
    restarted: int = 0

    def restart(self) -> None:
        self.restarted += 1


def test_there_is_room_for_so_many() -> None:
    places = Places("polls", 2)
    first = Waiter()
    places.enter(first)
    places.enter(Waiter())
    with pytest.raises(HubbubError, match="as many polls") as full:
        places.enter(Waiter())
    assert (full.value.code, full.value.retry_after) == (ErrorCode.SERVER_BUSY, RETRY_SECONDS)
    for _ in range(2):
        places.leave(first)
    places.enter(Waiter())
    assert len(places) == 2


def test_a_place_is_given_back_whatever_happens() -> None:
    places = Places("polls", 1)
    with pytest.raises(ValueError, match="anything"), places.place(Waiter()):
        raise ValueError("anything")
    assert len(places) == 0


def test_at_the_drain_all_are_told_and_those_who_come_later_at_once() -> None:
    listeners = Listeners()
    early, late = [Waiter(), Waiter()], Waiter()
    listeners.polls.enter(early[0])
    listeners.streams.enter(early[1])
    listeners.drain()
    listeners.streams.enter(late)
    assert [waiter.restarted for waiter in (*early, late)] == [1, 1, 1]


def test_the_limits_fit_what_is_around_them() -> None:
    limits = ListenLimits()
    assert limits.polls + limits.streams < ConnectionBounds().requests
    assert limits.outbox_bytes > CATCH_UP_CHARS * UTF8_BYTES
