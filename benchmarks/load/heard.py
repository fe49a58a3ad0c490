"""What the listeners of a room heard, kept cheaply while time is taken and looked at afterwards.

All listeners of a room mostly get the same bytes, so they all keep the same objects; afterwards each packet is parsed
once, and that everybody heard each message once and in order is a comparison of lists.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

HEARING_SECONDS = 120.0


@dataclass
class Audience:
    """Everybody who listens, and how many of their messages are still to come."""

    known: dict[bytes, bytes] = field(default_factory=dict)  # {packet: the one object all listeners keep}
    heard: list[list[bytes]] = field(default_factory=list)  # [[packet, …] of each listener]
    lost: list[str] = field(default_factory=list)
    _expected: int = 0
    _waiting: int = 0
    _complete: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self) -> list[bytes]:
        """The list that a listener fills."""
        packets: list[bytes] = []
        self.heard.append(packets)
        return packets

    def expect(self, messages: int, listeners: int | None = None) -> None:
        """From now on, this many messages are to come to each listener; `listeners` when they are still to join."""
        for packets in self.heard:
            packets.clear()
        self._expected = messages
        self._waiting = len(self.heard) if listeners is None else listeners
        self._complete.clear()

    def took(self, count: int) -> None:
        """A listener has `count` messages now."""
        if count == self._expected:
            self._waiting -= 1
            if not self._waiting:
                self._complete.set()

    def drop(self, reason: str) -> None:
        """A listener's connection ended."""
        self.lost.append(reason)
        self._complete.set()

    async def complete(self) -> None:
        """Wait until everybody has everything.

        Raises:
            AssertionError: a connection ended before.
            TimeoutError: it takes too long.
        """
        async with asyncio.timeout(HEARING_SECONDS):
            await self._complete.wait()
        assert not self.lost, f"{len(self.lost)} connections ended: {self.lost[0]}"

    def check(self, posted: list[dict[str, Any]]) -> None:
        """Everybody heard each posted message once, all in the same order, that of the log.

        Raises:
            AssertionError: somebody did not.
        """
        parsed = {packet: _change(packet) for packet in self.known}
        first = [parsed[packet] for packet in self.heard[0]]
        places = [_place(change["cursor"]) for change in first]
        assert places == sorted(set(places)), "the changes came out of order, or twice"
        bodies = sorted((change["data"]["id"], change["data"]["body"]) for change in first)
        assert bodies == sorted((each["id"], each["body"]) for each in posted), "what was heard is not what was posted"
        expected = [change["data"] for change in first]
        for packets in self.heard:
            assert packets == self.heard[0] or [parsed[packet]["data"] for packet in packets] == expected, (
                "two listeners heard different things"
            )


def _change(packet: bytes) -> dict[str, Any]:
    change: dict[str, Any] = orjson.loads(packet[2:])[1]
    return change


def _place(cursor: str) -> int:
    """Cursors are opaque; that they sort within one run is what is relied on here: `epoch-hex`, or a decimal."""
    epoch, _, place = cursor.rpartition("-")
    return int(place, 16 if epoch else 10)
