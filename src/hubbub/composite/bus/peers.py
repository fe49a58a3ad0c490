"""Who speaks on the bus, and what of theirs was missed. Times are seconds of a monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hubbub.composite.bus.limits import PEERS


class Heard(Enum):
    """What a word is, after those that its speaker said before."""

    NEXT = "next"
    NEW = "of somebody new"
    GAP = "after one that was missed"
    REFUSED = "of one too many"


@dataclass(slots=True)
class _Peer:
    number: int
    heard_at: float
    card: str = ""


class Peers:
    """Everybody but this process, by name; at most `PEERS`."""

    def __init__(self) -> None:
        self._peers: dict[str, _Peer] = {}

    @property
    def names(self) -> list[str]:
        """Who is here, in order."""
        return sorted(self._peers)

    def hear(self, name: str, number: int, now: float) -> Heard:
        """Take the next word of somebody."""
        peer = self._peers.get(name)
        if peer is None:
            return Heard.NEW if self._enter(name, number, now) else Heard.REFUSED
        heard = Heard.NEXT if number == peer.number + 1 else Heard.GAP
        peer.number, peer.heard_at = number, now
        return heard

    def meet(self, name: str, number: int, now: float, card: str = "") -> Heard:
        """Take a word that says all there is: whatever was missed before it does not matter."""
        heard = Heard.NEXT if name in self._peers else Heard.NEW
        if not self._enter(name, number, now):
            return Heard.REFUSED
        self._peers[name].card = card
        return heard

    def card(self, name: str) -> str:
        """How somebody said that they are reached; empty for those who are not here, or cannot be."""
        peer = self._peers.get(name)
        return peer.card if peer else ""

    def forget(self, name: str) -> bool:
        """Somebody is gone; whether they were here."""
        return self._peers.pop(name, None) is not None

    def excuse(self, now: float) -> None:
        """Nobody could be heard until now."""
        for peer in self._peers.values():
            peer.heard_at = now

    def silent(self, now: float, seconds: float) -> list[str]:
        """Who has said nothing for so long."""
        return [name for name, peer in self._peers.items() if now - peer.heard_at >= seconds]

    def _enter(self, name: str, number: int, now: float) -> bool:
        if len(self._peers) >= PEERS and name not in self._peers:
            return False
        self._peers[name] = _Peer(number, now)
        return True
