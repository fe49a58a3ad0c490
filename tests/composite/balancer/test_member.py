"""One target's room, health, breaker and counts, together."""

from __future__ import annotations

import logging

import pytest

from hubbub.composite.balancer.breaker import BreakerSettings
from hubbub.composite.balancer.health import Probe
from hubbub.composite.balancer.limits import Limits, Timeouts
from hubbub.composite.balancer.member import Member
from hubbub.composite.balancer.targets import Local
from hubbub.testing.clock import ManualClock
from tests.support.tiny_asgi import hello


class Attempt:
    def __init__(self) -> None:
        self.given_up = 0

    def give_up(self) -> None:
        self.given_up += 1


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def member(clock: ManualClock) -> Member:
    return Member(
        "a",
        1,
        Local(hello, "a").upstream(Timeouts(), Limits()),
        most=2,
        breaker=BreakerSettings(failures=2, successes=1),
        probe=Probe(fall=2, rise=1),
        monotonic=clock.monotonic,
    )


def test_it_has_room_for_so_many(member: Member) -> None:
    attempts = [Attempt(), Attempt()]
    permits = [member.enter(attempt, bound=False) for attempt in attempts]
    assert (member.has_room, member.in_flight) == (False, 2)
    member.leave(attempts[0], permits[0])
    assert (member.has_room, member.in_flight) == (True, 1)


def test_failures_close_it_and_time_opens_it(
    member: Member, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):
        member.record(member.enter(Attempt(), bound=False), success=False)
    assert (member.is_open_to(bound=True), member.status.breaker, member.status.opened) == (False, "open", 1)
    clock.advance(member.wait())
    assert (member.is_open_to(bound=False), member.status.breaker) == (True, "half open")
    member.record(member.enter(Attempt(), bound=False), success=True)
    assert member.status.breaker == "closed"
    assert caplog.messages == [
        "target a: its breaker is open, and was closed",
        "target a: its breaker is closed, and was half open",
    ]


def test_failed_probes_take_it_out_and_free_who_waits(member: Member) -> None:
    waiting, gone = Attempt(), Attempt()
    member.enter(waiting, bound=False)
    member.leave(gone, member.enter(gone, bound=False))
    member.probed(success=False)
    assert member.is_open_to(bound=False)
    member.probed(success=False)
    assert not member.is_open_to(bound=True)
    assert (waiting.given_up, gone.given_up) == (1, 0)
    assert (member.status.is_up, member.status.probes_failed) == (False, 2)
    member.probed(success=True)
    assert member.is_open_to(bound=False)
