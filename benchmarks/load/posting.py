"""Posting a number of messages, with so many of each client's under way at any time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from benchmarks.load.chat import TEXT, Room
from benchmarks.load.packets import acknowledged
from benchmarks.load.socket import Client

POSTING_SECONDS = 120.0


class Posting:
    """`run` it once; `latencies` are the seconds from each message to its acknowledgement."""

    def __init__(self, room: Room, clients: Sequence[Client], count: int, in_flight: int = 1) -> None:
        self.latencies: list[float] = []
        self._room = room
        self._clients = clients
        self._count = count
        self._in_flight = in_flight
        self._numbers = iter(range(count))
        self._answers: list[bytes] = []
        self._done = asyncio.Event()

    async def run(self) -> None:
        """Post, and wait until all is acknowledged.

        Raises:
            TimeoutError: it takes too long.
        """
        for _ in range(self._in_flight):
            for client in self._clients:
                self._next(client)
        async with asyncio.timeout(POSTING_SECONDS):
            await self._done.wait()

    def messages(self) -> list[dict[str, Any]]:
        """What was posted, as acknowledged."""
        return [acknowledged(packet) for packet in self._answers]

    def _next(self, client: Client) -> None:
        number = next(self._numbers, None)
        if number is not None:
            acked = partial(self._acked, client, time.perf_counter())
            client.packets.post(self._room, f"{TEXT} {number}", acked)

    def _acked(self, client: Client, sent: float, packet: bytes) -> None:
        self.latencies.append(time.perf_counter() - sent)
        self._answers.append(packet)
        if len(self._answers) == self._count:
            self._done.set()
        self._next(client)
