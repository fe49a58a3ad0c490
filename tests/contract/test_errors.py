"""The error codes, and the exception that carries them."""

from __future__ import annotations

import pytest

from hubbub.contract.errors import STATUS, ErrorCode, FieldError, HubbubError

DOCUMENTED = {
    "invalid_request": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "gone": 410,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid_fields": 422,
    "rate_limited": 429,
    "server_busy": 503,
    "internal": 500,
}


def test_the_codes_and_their_statuses_are_those_that_clients_know() -> None:
    assert {code.value: status for code, status in STATUS.items()} == DOCUMENTED
    assert set(STATUS) == set(ErrorCode)


@pytest.mark.parametrize("code", ErrorCode)
def test_an_error_says_its_status(code: ErrorCode) -> None:
    assert HubbubError(code, "what happened").status == DOCUMENTED[code.value]


def test_an_error_reads_as_its_detail() -> None:
    error = HubbubError(
        ErrorCode.RATE_LIMITED, "Wait a second.", errors=(FieldError("body", "is long"),), retry_after=1.0
    )
    assert str(error) == error.detail == "Wait a second."
    assert error.errors == (FieldError("body", "is long"),)
    assert error.retry_after == 1.0


def test_waiting_is_only_advised_where_it_helps() -> None:
    assert HubbubError(ErrorCode.CONFLICT, "Taken.").retry_after is None
