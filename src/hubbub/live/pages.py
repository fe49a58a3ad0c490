"""What was missed, a page at a time, made ready once for all who missed the same.  Knows nobody, and no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubbub.domain.changes import LoggedChange
from hubbub.live.runs import RUN_CHARS
from hubbub.live.subscription import Bundler, Encoder


@dataclass(frozen=True, slots=True)
class Part:
    """Some changes of a page as a transport takes them; `chars` are those of the packets."""

    last_id: int
    chars: int
    bundle: Any


class Page:
    """Changes one after another, and what each transport made of them."""

    def __init__(self, changes: Sequence[LoggedChange]) -> None:
        self.chars = sum(len(change.data) for change in changes)
        self._changes = changes
        self._parts: dict[Encoder, list[Part]] = {}  # {the transport's encoder: [part, …]}

    def parts(self, encode: Encoder, bundle: Bundler) -> Sequence[Part]:
        """The page in parts of at most `RUN_CHARS`, unless one change alone has more."""
        parts = self._parts.get(encode)
        if parts is None:
            parts = self._parts[encode] = self._cut(encode, bundle)
        return parts

    def _cut(self, encode: Encoder, bundle: Bundler) -> list[Part]:
        parts: list[Part] = []
        packets: list[str] = []
        chars = last_id = 0
        for change in self._changes:
            packet = encode(change.type, change.json)
            if packets and chars + len(packet) > RUN_CHARS:
                parts.append(Part(last_id, chars, bundle(packets)))
                packets, chars = [], 0
            packets.append(packet)
            chars += len(packet)
            last_id = change.id
        if packets:
            parts.append(Part(last_id, chars, bundle(packets)))
        return parts
