"""What goes into the index, and what is looked for."""

from __future__ import annotations

import pytest

from hubbub.store.words import Wanted, spaced


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("plain words", "plain words"),
        ("Café au lait", "Café au lait"),
        ("東京", " 東  京 "),
        ("done🎉", "done 🎉 "),
        ("สวัสดี", " ส  ว  ั  ส  ด  ี "),
    ],
)
def test_what_is_written_without_spaces_is_taken_apart(text: str, given: str) -> None:
    assert spaced(text) == given


def test_a_piece_is_what_stands_between_spaces_each_once_in_the_order_of_the_words() -> None:
    assert Wanted(" b  a-c\tb ").pieces == ["b", "a-c"]
    assert Wanted("  ").pieces == []
