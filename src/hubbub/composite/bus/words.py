"""What goes over the bus: words, each with its speaker. Knows no meaning of their bodies.

A word is a line of JSON and, behind it, the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import orjson

from hubbub.composite.bus.limits import WORD_BYTES
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

    def encode(self) -> bytes:
        """As it travels."""
        return orjson.dumps({"kind": self.kind, "name": self.name, "number": self.number}) + b"\n" + self.body

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
                return cls(Kind(kind), name, number, body)
        raise BadWord("no word of this version")


_KINDS = frozenset(Kind)
