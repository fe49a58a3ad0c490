"""The checks of the load generator notice what they are there for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.load.heard import Audience
from benchmarks.running import Running
from benchmarks.sides import HUBBUB

POSTED = [{"id": f"m{number}", "body": f"line {number}"} for number in range(3)]


def packet(number: int) -> bytes:
    change = {"cursor": f"abcdefgh-{number + 9:x}", "data": POSTED[number]}
    return f'42["message_posted",{json.dumps(change)}]'.encode()


def heard(*listeners: Iterable[int]) -> Audience:
    """An audience of which each heard the messages of these numbers."""
    audience = Audience()
    for numbers in listeners:
        packets = audience.join()
        for number in numbers:
            each = packet(number)
            packets.append(audience.known.setdefault(each, each))
    return audience


def test_everybody_heard_everything_in_order() -> None:
    heard([0, 1, 2], [0, 1, 2]).check(POSTED)


@pytest.mark.parametrize(
    "second", [[0, 1], [0, 1, 1], [0, 2, 1], [0, 1, 2, 2], []], ids=["lost", "in place", "order", "twice", "nothing"]
)
def test_a_listener_who_heard_something_else_is_noticed(second: list[int]) -> None:
    with pytest.raises(AssertionError):
        heard([0, 1, 2], second).check(POSTED)


@pytest.mark.parametrize("all_heard", [[0, 1], [1, 0, 2], [0, 1, 1, 2]], ids=["lost", "order", "twice"])
def test_what_all_heard_wrong_is_noticed(all_heard: list[int]) -> None:
    with pytest.raises(AssertionError):
        heard(all_heard, all_heard).check(POSTED)


async def test_a_connection_that_ends_is_noticed() -> None:
    audience = heard([0])
    audience.expect(1)
    audience.drop("the server closed it")
    with pytest.raises(AssertionError, match="1 connections ended"):
        await audience.complete()


def test_an_acknowledged_message_that_is_not_on_the_disk_is_noticed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "hubbub.db")) as database, database:
        database.execute("CREATE TABLE messages (id, body)")
        database.executemany("INSERT INTO messages VALUES (:id, :body)", POSTED[:2])
    server = Running(HUBBUB, 0, tmp_path, 0, 0.0)
    server.check_committed([("m0", "line 0"), ("m1", "line 1")])
    with pytest.raises(AssertionError, match="1 messages"):
        server.check_committed([("m1", "line 1"), ("m2", "line 2")])
    with pytest.raises(AssertionError, match="1 messages"):
        server.check_committed([("m0", "another text")])
