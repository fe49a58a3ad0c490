"""Outlets that keep what they are given."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubbub.contract.errors import HubbubError
from hubbub.live.subscription import Bundler, Encoder


def encode(event: str, payload: str) -> str:
    """A packet as simple as can be."""
    return f"{event} {payload}"


@dataclass(eq=False)
class Ear:
    """An outlet without bounds."""

    encode: Encoder = encode
    transport: str = "ear"
    packets: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)  # of the packets
    bundled: list[int] = field(default_factory=list)  # how many packets came with each bundle
    closed: HubbubError | None = None
    waited: list[int] = field(default_factory=list)  # how many packets there were at each wait for room

    @property
    def waiting_bytes(self) -> int:
        return sum(map(len, self.packets))

    def send(self, packet: str, key: str | None = None) -> None:
        self.packets.append(packet)
        self.keys.append(key)

    @property
    def bundle(self) -> Bundler:
        return tuple

    def send_all(self, bundle: Sequence[str]) -> None:
        self.bundled.append(len(bundle))
        for packet in bundle:
            self.send(packet)

    async def writable(self) -> None:
        self.waited.append(len(self.packets))

    async def taken(self) -> None:
        """At once."""

    def close(self, error: HubbubError) -> None:
        self.closed = error

    @property
    def events(self) -> list[tuple[str, Any]]:
        """What came, as (event, payload)."""
        pairs = (packet.split(" ", 1) for packet in self.packets)
        return [(event, json.loads(payload)) for event, payload in pairs]

    def named(self, event: str) -> list[Any]:
        """The payloads of one kind of event."""
        return [payload for name, payload in self.events if name == event]

    @property
    def change_ids(self) -> list[int]:
        """The places in the log of the changes that came."""
        return [int(payload["cursor"].split("-")[1], 16) for _, payload in self.events if "actor_id" in payload]


@dataclass(eq=False)
class SmallEar(Ear):
    """An outlet with room for `size` packets until somebody waits; one too many is lost, and all before it.

    Those before it are kept here all the same, as if the client had just taken them.
    """

    size: int = 10
    room: int = 10
    overflow: Callable[[], str] = str

    def send(self, packet: str, key: str | None = None) -> None:
        self.packets.append(self._overflow() if self.room == 0 else packet)
        self.room -= 1

    def send_all(self, bundle: Sequence[str]) -> None:
        fits = self.room >= len(bundle)
        self.packets += bundle if fits else [self._overflow()]
        self.room -= len(bundle) if fits else 1

    async def writable(self) -> None:
        self.room = self.size

    def _overflow(self) -> str:
        self.room = self.size
        return self.overflow()
