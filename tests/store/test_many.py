"""Pieces are all of the list, in order, and of few sizes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from hubbub.store.many import ROWS, flat, pieces, values


@given(st.integers(min_value=0, max_value=5 * ROWS))
def test_pieces_are_all_in_order_and_of_few_sizes(count: int) -> None:
    found = list(pieces(range(count)))
    assert [item for piece in found for item in piece] == list(range(count))
    assert all(len(piece) in {1, 2, 4, 8, 16, 32, 64} for piece in found)
    assert len(found) <= count // ROWS + ROWS.bit_length()


def test_the_largest_statement_is_one_that_sqlite_takes() -> None:
    rows = [(number, str(number)) for number in range(ROWS)]
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(values(ROWS, 2), flat(rows)).fetchall() == rows
        assert connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) > 10 * ROWS
