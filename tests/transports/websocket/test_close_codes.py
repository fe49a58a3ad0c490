"""Each error closes with a code that tells a client whether to come back."""

from __future__ import annotations

import pytest

from hubbub.contract.errors import ErrorCode
from hubbub.transports.websocket import close_codes
from hubbub.transports.websocket.close_codes import close_code
from tests.support.machine import ROOT


@pytest.mark.parametrize(
    ("code", "closed"),
    [
        (ErrorCode.UNAUTHENTICATED, 4001),
        (ErrorCode.FORBIDDEN, 4003),
        (ErrorCode.INVALID_REQUEST, 1008),
        (ErrorCode.INVALID_FIELDS, 1008),
        (ErrorCode.TOO_LARGE, 1009),
        (ErrorCode.INTERNAL, 1011),
        (ErrorCode.SERVER_BUSY, 1013),
        (ErrorCode.RATE_LIMITED, 1013),
    ],
)
def test_an_error_has_its_close(code: ErrorCode, closed: int) -> None:
    assert close_code(code) == closed


def test_every_code_is_in_the_documentation() -> None:
    table = (ROOT / "docs" / "websocket.md").read_text().partition("## How it ends")[2]
    for code in [value for name, value in vars(close_codes).items() if name.isupper() and isinstance(value, int)]:
        assert f"| {code} |" in table
