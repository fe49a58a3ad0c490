from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.sockets import strict_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_is_read_again_by_anybody(value: object) -> None:
    text = strict_json.dumps(value, separators=(",", ":"))
    assert isinstance(text, str)
    assert strict_json.loads(text) == value
    assert json.loads(text) == value


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-Infinity", "1e999", '"\\ud800"', '"\ud800"', '{"a":"\\udc00"}', "[1,]", "'a'", "", "\x00"],
)
def test_what_a_javascript_client_could_not_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict_json.loads(text)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [strict_json.DEPTH + 1, 200, 100_000])
def test_nesting_has_an_end(opening: str, levels: int) -> None:
    closing = "]" if opening == "[" else "}"
    with pytest.raises(ValueError, match=r"."):
        strict_json.loads(opening * levels + "0" + closing * levels)


def test_what_is_wide_or_only_looks_deep_is_not_deep() -> None:
    assert strict_json.loads("[" * strict_json.DEPTH + "]" * strict_json.DEPTH)
    assert strict_json.loads(json.dumps([[]] * 1_000)) == [[]] * 1_000
    assert strict_json.loads(json.dumps("[" * 1_000).encode()) == "[" * 1_000
