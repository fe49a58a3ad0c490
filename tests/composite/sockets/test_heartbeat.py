from __future__ import annotations

from hubbub.composite.sockets.heartbeat import Heartbeat, loop_later
from tests.support.timers import FakeTimers


class World:
    """A heartbeat of 25 and 20 seconds, and what it did."""

    def __init__(self) -> None:
        self.timers = FakeTimers()
        self.did: list[str] = []
        self.heartbeat = Heartbeat(
            interval=25,
            timeout=20,
            ping=lambda: self.did.append("ping"),
            expire=lambda: self.did.append("expire"),
            later=self.timers,
        )
        self.heartbeat.start()


def test_a_pong_in_time_keeps_it_going() -> None:
    world = World()
    for _ in range(3):
        world.timers.advance(25)
        world.heartbeat.ping_taken()
        world.timers.advance(19)
        world.heartbeat.pong()
    assert world.did == ["ping"] * 3


def test_no_pong_ends_it() -> None:
    world = World()
    world.timers.advance(25)
    world.heartbeat.ping_taken()
    world.timers.advance(20)
    assert world.did == ["ping", "expire"]


def test_pongs_that_nothing_asked_for_do_not_keep_it_going() -> None:
    world = World()
    for _ in range(45):
        world.heartbeat.pong()
        world.timers.advance(1)
    assert world.did == ["ping", "expire"]


def test_a_ping_that_was_not_taken_cannot_be_answered() -> None:
    world = World()
    world.timers.advance(25)
    world.heartbeat.pong()
    world.timers.advance(20)
    assert world.did == ["ping", "expire"]


def test_stopped_it_does_nothing_more() -> None:
    world = World()
    world.timers.advance(25)
    world.heartbeat.ping_taken()
    world.heartbeat.stop()
    world.heartbeat.pong()
    world.timers.advance(1_000)
    assert world.did == ["ping"]
    assert world.timers.waiting == 0


async def test_the_loop_is_the_usual_clock() -> None:
    loop_later(1_000, lambda: None).cancel()
