"""A cursor leads back to its place, and to no place in another log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.limits import CURSOR_CHARS
from hubbub.domain.cursors import decode_cursor, encode_cursor

EPOCH = "k3m9x0ab"


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_cursor_leads_back(change_id: int) -> None:
    cursor = encode_cursor(EPOCH, change_id)
    assert decode_cursor(EPOCH, cursor, {}) == change_id
    assert len(cursor) <= CURSOR_CHARS


def test_a_cursor_of_another_log_is_gone() -> None:
    with pytest.raises(HubbubError) as refused:
        decode_cursor(EPOCH, encode_cursor("zzzzzzzz", 7), {"k3m9x0aa": 9})
    assert refused.value.code is ErrorCode.GONE


def test_a_cursor_of_a_log_that_this_one_goes_on_from_is_good_as_far_as_they_are_one() -> None:
    former = {"zzzzzzzz": 7}
    assert decode_cursor(EPOCH, encode_cursor("zzzzzzzz", 7), former) == 7
    with pytest.raises(HubbubError) as refused:
        decode_cursor(EPOCH, encode_cursor("zzzzzzzz", 8), former)
    assert refused.value.code is ErrorCode.GONE


@pytest.mark.parametrize("text", ["", "7", "k3m9x0ab-", "k3m9x0ab-G", "k3m9x0ab-1\n", "k3m9x0ab-" + "f" * 17, "Ⅷ"])
def test_what_is_no_cursor_is_invalid(text: str) -> None:
    with pytest.raises(HubbubError) as refused:
        decode_cursor(EPOCH, text, {})
    assert refused.value.code is ErrorCode.INVALID_REQUEST
