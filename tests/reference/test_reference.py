"""The reference of the composition layer is that of the code beside it."""

from __future__ import annotations

import hubbub.composite
from tests.reference.page import PAGE, page


def test_the_page_is_made_of_what_is_there() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_everything_that_is_offered_says_what_it_is() -> None:
    undescribed = [name for name in hubbub.composite.__all__ if not getattr(hubbub.composite, name).__doc__]
    assert undescribed == []
