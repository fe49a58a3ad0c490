from __future__ import annotations

from hubbub.composite.sockets.heartbeat import Heartbeat, loop_later
from hubbub.testing.clock import ManualClock


class World:
    """A heartbeat of 20 seconds' patience, and what it did."""

    def __init__(self, interval: float = 25) -> None:
        self.clock = ManualClock()
        self.did: list[str] = []
        self.heartbeat = Heartbeat(
            interval=interval,
            timeout=20,
            ping=lambda: self.did.append("ping"),
            expire=lambda: self.did.append("expire"),
            later=self.clock.later,
        )
        self.heartbeat.start()


def test_a_pong_in_time_keeps_it_going() -> None:
    world = World()
    world.clock.advance(25)
    for number in range(1, 4):
        world.heartbeat.ping_taken()
        world.clock.advance(19)
        world.heartbeat.pong()
        assert world.did == ["ping"] * number
        world.clock.advance(6)
    assert world.did == ["ping"] * 4


def test_a_pong_later_than_the_next_ping_is_due_brings_it_at_once() -> None:
    world = World(interval=10)
    world.clock.advance(10)
    world.heartbeat.ping_taken()
    world.clock.advance(15)
    assert world.did == ["ping"]
    world.heartbeat.pong()
    assert world.did == ["ping"] * 2
    world.clock.advance(20)
    assert world.did == ["ping"] * 2 + ["expire"]


def test_no_pong_ends_it() -> None:
    world = World()
    world.clock.advance(25)
    world.heartbeat.ping_taken()
    world.clock.advance(20)
    assert world.did == ["ping", "expire"]


def test_pongs_that_nothing_asked_for_do_not_keep_it_going() -> None:
    world = World()
    for _ in range(45):
        world.heartbeat.pong()
        world.clock.advance(1)
    assert world.did == ["ping", "expire"]


def test_a_ping_that_was_not_taken_cannot_be_answered() -> None:
    world = World()
    world.clock.advance(25)
    world.heartbeat.pong()
    world.clock.advance(20)
    assert world.did == ["ping", "expire"]


def test_stopped_it_does_nothing_more() -> None:
    world = World()
    world.clock.advance(25)
    world.heartbeat.ping_taken()
    world.heartbeat.stop()
    world.heartbeat.pong()
    world.clock.advance(1_000)
    assert world.did == ["ping"]
    assert world.clock.waiting == 0


async def test_the_loop_is_the_usual_clock() -> None:
    loop_later(1_000, lambda: None).cancel()
