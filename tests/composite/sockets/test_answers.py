"""Answers come in the order of their events, whichever is there first, and none is waited for without end."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from hubbub.composite.sockets.answers import Answers, Later
from hubbub.testing.clock import ManualClock


class World:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.answers = Answers(seconds=30, later=self.clock.later)
        self.given: list[object] = []

    def add(self, name: str, answer: object) -> None:
        self.answers.add(answer, lambda each: self.given.append((name, each)), partial(self.fail, name))

    def expect(self, name: str) -> asyncio.Future[int]:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.add(name, Later(future, lambda done: done.result() * 2))
        return future

    def fail(self, name: str, error: Exception) -> None:
        self.given.append((name, type(error)))


async def _turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_an_answer_that_is_there_is_given_at_once() -> None:
    world = World()
    world.add("a", 1)
    assert world.given == [("a", 1)]
    await world.answers.settled()


async def test_the_order_is_that_of_the_events() -> None:
    world = World()
    first, second = world.expect("first"), world.expect("second")
    world.add("third", 3)
    second.set_result(2)
    await _turns()
    assert (world.given, len(world.answers)) == ([], 3)
    first.set_result(1)
    await world.answers.settled()
    assert world.given == [("first", 2), ("second", 4), ("third", 3)]
    assert len(world.answers) == 0


async def test_what_fails_says_so_in_its_place() -> None:
    world = World()
    first, second = world.expect("first"), world.expect("second")
    second.set_result(2)
    first.set_exception(ZeroDivisionError())
    await world.answers.settled()
    assert world.given == [("first", ZeroDivisionError), ("second", 4)]


async def test_an_answer_that_cannot_be_given_is_a_failure() -> None:
    world = World()

    def refuse(_answer: object) -> None:
        raise IndexError

    world.answers.add(1, refuse, partial(world.fail, "a"))
    assert world.given == [("a", IndexError)]


async def test_each_is_waited_for_so_long_and_no_longer() -> None:
    world = World()
    first, second = world.expect("first"), world.expect("second")
    world.clock.advance(30)
    await _turns()
    assert world.given == [("first", TimeoutError)]
    assert first.cancelled()
    assert not second.done()
    world.clock.advance(29)
    second.set_result(2)
    await world.answers.settled()
    assert world.given[1:] == [("second", 4)]


@pytest.mark.parametrize("count", [1, 3])
async def test_whoever_waits_for_all_waits_for_the_last(count: int) -> None:
    world = World()
    futures = [world.expect(str(number)) for number in range(count)]
    waiting = asyncio.create_task(world.answers.settled())
    for future in futures:
        await _turns()
        assert not waiting.done()
        future.set_result(0)
    await waiting
    assert len(world.given) == count
