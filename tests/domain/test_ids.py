"""Ids sort by time, tokens repeat only for whoever knows the password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hubbub.domain.ids import ID_RANDOM_BYTES, fingerprint, hash_token, make_id, make_token, repeated_token

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
randomness = st.binary(min_size=ID_RANDOM_BYTES, max_size=ID_RANDOM_BYTES)


@given(randomness, randomness, st.integers(min_value=1, max_value=10**11))
def test_a_later_id_sorts_behind_an_earlier_one(first: bytes, second: bytes, later_ms: int) -> None:
    assert make_id(NOON, first) < make_id(NOON + timedelta(milliseconds=later_ms), second)


def test_an_id_needs_no_escaping_and_has_one_length() -> None:
    made = make_id(NOON, b"\xff" * ID_RANDOM_BYTES)
    assert len(made) == 26
    assert made.isalnum()
    assert made == made.lower()


def test_ids_of_one_millisecond_differ_by_chance_alone() -> None:
    assert make_id(NOON, b"\x00" * ID_RANDOM_BYTES) != make_id(NOON, b"\x01" + b"\x00" * 9)


def test_a_repeated_token_needs_the_hash_the_password_and_the_key() -> None:
    token = repeated_token("$argon2id$stored", "secret words", "key-1")
    assert token == repeated_token("$argon2id$stored", "secret words", "key-1")
    others = {
        repeated_token("$argon2id$other", "secret words", "key-1"),
        repeated_token("$argon2id$stored", "other words", "key-1"),
        repeated_token("$argon2id$stored", "secret words", "key-2"),
    }
    assert token not in others
    assert len(others) == 3


def test_tokens_are_made_for_headers_and_stored_as_a_digest() -> None:
    token = make_token(bytes(range(32)))
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()
    assert len(hash_token(token)) == 64
    assert hash_token("\ud800")  # whatever somebody sends as a token, it can be looked up
    assert fingerprint("one") != fingerprint("two")
