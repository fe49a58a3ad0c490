from __future__ import annotations

import socket
from typing import Any

import httpx

from tests.support.deadline import DEADLINE
from tests.support.examples import ExampleProcess


def sender(example: ExampleProcess, address: str = "127.0.0.1") -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 0))
    made.settimeout(DEADLINE)
    made.connect(("127.0.0.1", example.port(8000)))
    return made


def ask(client: socket.socket) -> bytes:
    client.send(b"hello")
    return client.recv(100)


def shown(example: ExampleProcess) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(example.http_url).json()
    return found


def test_each_sender_is_counted_and_the_statistics_say_so(example: ExampleProcess) -> None:
    with sender(example) as one, sender(example) as other:
        assert [ask(one), ask(one), ask(other)] == [b"1\n", b"2\n", b"1\n"]
        by_sender = {tuple(each["scope_id"]): each for each in shown(example)["instances"]}
        counts = [by_sender[client.getsockname()] for client in (one, other)]
    assert [(each["messages_in"], each["messages_out"]) for each in counts] == [(2, 2), (1, 1)]


def test_the_oldest_makes_room_at_500(example: ExampleProcess) -> None:
    with sender(example) as oldest:
        assert ask(oldest) == b"1\n"
        evicted = shown(example)["totals"]["evicted"]
        for number in range(500):
            with sender(example, f"127.2.{number // 250}.{number % 250 + 1}") as other:
                ask(other)
        now = shown(example)
        assert len(now["instances"]) == 500
        assert now["totals"]["evicted"] > evicted
        assert ask(oldest) == b"1\n"  # its count has gone with its instance
