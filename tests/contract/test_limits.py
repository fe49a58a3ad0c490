"""The lengths of fields: what has to fit into what."""

from __future__ import annotations

from hubbub.application import SOCKET_LIMITS
from hubbub.composite.body_reading import BodyLimits
from hubbub.contract import limits
from hubbub.domain.clock import timestamp
from hubbub.domain.cursors import encode_cursor
from hubbub.domain.ids import ID_RANDOM_BYTES, TOKEN_RANDOM_BYTES, make_id, make_token
from hubbub.testing.clock import START

ESCAPED_BYTES = 12  # of a character beyond the first plane, escaped in JSON as two surrogates
AROUND_BODY_BYTES = 4 * 1024  # the other fields of the longest command


def test_every_limit_is_a_number_above_nothing() -> None:
    named = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert named
    assert all(isinstance(value, int) and value > 0 for value in named.values())


def test_lower_bounds_are_below_the_upper_ones() -> None:
    assert limits.USERNAME_MIN_CHARS < limits.USERNAME_CHARS
    assert limits.PASSWORD_MIN_CHARS < limits.PASSWORD_CHARS
    assert limits.HISTORY_PAGE_DEFAULT <= limits.HISTORY_PAGE
    assert limits.LIST_PAGE_DEFAULT <= limits.LIST_PAGE
    assert limits.CHANGES_PAGE_DEFAULT <= limits.CHANGES_PAGE


def test_what_the_server_makes_fits_its_own_limits() -> None:
    assert len(make_id(START, bytes(ID_RANDOM_BYTES))) <= limits.ID_CHARS
    assert len(make_token(bytes(TOKEN_RANDOM_BYTES))) <= limits.TOKEN_CHARS
    assert len(encode_cursor("epochepo", 2**63 - 1)) <= limits.CURSOR_CHARS
    assert timestamp(START) == "2025-03-01T12:00:00.000Z"


def test_the_longest_message_fits_a_frame_and_a_request_however_it_is_escaped() -> None:
    longest = limits.BODY_CHARS * ESCAPED_BYTES + AROUND_BODY_BYTES
    assert longest <= SOCKET_LIMITS.payload_bytes
    assert longest <= BodyLimits().keep_bytes


def test_a_family_of_four_is_one_emoji() -> None:
    family = "👨🏿\u200d👩🏻\u200d👧🏽\u200d👦🏾"
    assert len(family) <= limits.EMOJI_CHARS
