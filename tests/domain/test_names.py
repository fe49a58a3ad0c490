"""One person cannot be impersonated by another spelling of their name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.domain.names import direct_key, username_key


@pytest.mark.parametrize("spelling", ["ada", "ADA", "Ada", "Ａｄａ"])
def test_spellings_of_one_name_have_one_key(spelling: str) -> None:
    assert username_key(spelling) == "ada"


@given(st.text())
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert username_key(username_key(name)) == username_key(name)


def test_a_direct_room_has_one_name_whoever_opens_it() -> None:
    assert direct_key(frozenset({"b", "a"})) == direct_key(frozenset({"a", "b"}))
    assert direct_key(frozenset({"a", "b"})) != direct_key(frozenset({"a", "b", "c"}))
