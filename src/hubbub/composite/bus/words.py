"""What goes over the bus: words, each with its speaker. Knows no meaning of their bodies.

A word is a line of JSON and, behind it, the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from hubbub.composite.bus.limits import CARD_CHARS, WORD_BYTES
from hubbub.composite.mesh.directory import is_id


class Kind(StrEnum):
    """To all: HELLO, NEWS, BEAT, GOODBYE. To one: WHO, GREETING."""

    HELLO = "hello"  # who begins, or begins again; the body is their greeting
    NEWS = "news"
    BEAT = "beat"  # nothing new
    GOODBYE = "goodbye"
    WHO = "who"  # asks for a greeting
    GREETING = "greeting"


class BadWord(Exception):
    """What came is no word of ours; the text says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """`number` counts what the speaker has said to all, this included; a word to one bears the number before it."""

    kind: Kind
    name: str
    number: int
    body: bytes = b""
    card: str = ""  # of a HELLO or a GREETING: how the speaker is reached, if at all

    def encode(self) -> bytes:
        """As it travels."""
        head: dict[str, str | int] = {"kind": self.kind, "name": self.name, "number": self.number}
        if self.card:
            head["card"] = self.card
        return orjson.dumps(head) + b"\n" + self.body

    @classmethod
    def decode(cls, data: bytes) -> Word:
        """`encode` undone.

        Raises:
            BadWord: it is of another version, or of somebody else.
        """
        if len(data) > WORD_BYTES:
            raise BadWord(f"{len(data)} bytes")
        line, _, body = data.partition(b"\n")
        try:
            head = orjson.loads(line)
        except ValueError:
            raise BadWord("no JSON") from None
        match head:
            case {"kind": str(kind), "name": str(name), "number": int(number)} if is_id(name) and kind in _KINDS:
                return cls(Kind(kind), name, number, body, _card(head))
        raise BadWord("no word of this version")


def _card(head: Mapping[str, object]) -> str:
    card = head.get("card", "")
    if not isinstance(card, str) or len(card) > CARD_CHARS:
        raise BadWord("a card that is none")
    return card


_KINDS = frozenset(Kind)
