"""Errors as the socket transports carry them."""

from __future__ import annotations

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError
from hubbub.transports.errors import BUSY_SECONDS, busy, error_object, refusal, unforeseen


def test_an_error_has_its_code_and_what_to_do() -> None:
    assert error_object(HubbubError(ErrorCode.GONE, "Load anew.")) == {"code": "gone", "detail": "Load anew."}


def test_fields_and_the_time_to_wait_are_there_when_they_say_something() -> None:
    error = HubbubError(ErrorCode.INVALID_FIELDS, "Mend it.", errors=(FieldError("a.0", "is missing"),), retry_after=2)
    found = error_object(error)
    assert found["errors"] == [{"path": "a.0", "message": "is missing"}]
    assert found["retry_after"] == 2


def test_a_refusal_is_an_answer_that_is_not_ok() -> None:
    assert refusal(busy()) == {"ok": False, "error": error_object(busy())}
    assert refusal(busy())["error"]["retry_after"] == BUSY_SECONDS


def test_what_only_the_log_knows_is_not_told() -> None:
    assert unforeseen().code is ErrorCode.INTERNAL
