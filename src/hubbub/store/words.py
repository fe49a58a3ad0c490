"""What goes into the index of words, and what is looked for in it, whichever engine keeps the index."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Scripts that put no space between words, and emoji: each character is a word, and a word of several is a phrase.
# Thai and Lao, Myanmar, Khmer; symbols; kana and ideographs; Hangul, whose words grow at their ends.
_SINGLE = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
    "\U0001f000-\U0001faff\U00020000-\U0003ffff])"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: messages with all the words of `text`, of one room or one author where these are given."""

    text: str
    room_id: str | None = None
    author_id: str | None = None

    @property
    def pieces(self) -> list[str]:
        """What was typed between white space, each once: a word, or a phrase of several."""
        return list(dict.fromkeys(self.text.split()))


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the index gets it; `place` is the id of the change that posted it."""

    place: int
    body: str
    room_id: str
    author_id: str


def spaced(text: str) -> str:
    """The text as an index gets it.  To change this is to fill each index anew: what it was given must be known."""
    return text if text.isascii() else _SINGLE.sub(r" \1 ", text)
