"""A word comes out as it went in, and nothing else comes out."""

from __future__ import annotations

import pytest

from hubbub.composite.bus import words
from hubbub.composite.bus.words import BadWord, Kind, Word

NAME = "0123456789abcde"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("body", [b"", b"plain", b"two\nlines\n", b"\0\xff"])
def test_a_word_comes_out_as_it_went_in(kind: Kind, body: bytes) -> None:
    word = Word(kind, NAME, 7, body)
    assert Word.decode(word.encode()) == word


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b"\xff\n", "no JSON"),
        (b"[]\n", "no word of this version"),
        (b'{"kind":"beat","name":"0123456789abcde"}\n', "no word of this version"),
        (b'{"kind":"beat","name":"0123456789abcde","number":"7"}\n', "no word of this version"),
        (b'{"kind":"beat","name":"../../etc","number":7}\n', "no word of this version"),
        (b'{"kind":"sing","name":"0123456789abcde","number":7}\n', "no word of this version"),
    ],
)
def test_what_is_no_word_is_told_so(data: bytes, why: str) -> None:
    with pytest.raises(BadWord, match=why):
        Word.decode(data)


def test_a_later_version_may_say_more_of_a_word() -> None:
    data = b'{"kind":"beat","name":"0123456789abcde","number":7,"mood":"fine"}\n'
    assert Word.decode(data) == Word(Kind.BEAT, NAME, 7)


def test_a_greeting_may_have_a_card() -> None:
    word = Word(Kind.GREETING, NAME, 7, b"hello", "how to reach it")
    assert Word.decode(word.encode()) == word
    for card in (b"7", b'"' + b"x" * 600 + b'"'):
        with pytest.raises(BadWord, match="card"):
            Word.decode(b'{"kind":"hello","name":"0123456789abcde","number":7,"card":%b}\n' % card)


def test_a_word_has_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "WORD_BYTES", 100)
    with pytest.raises(BadWord, match="bytes"):
        Word.decode(Word(Kind.NEWS, NAME, 7, bytes(100)).encode())
