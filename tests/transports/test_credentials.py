"""Where a request carries its token."""

from __future__ import annotations

import pytest

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.transports.credentials import SESSION_COOKIE, token_of
from tests.support.asgi_calls import Pairs, http_scope, websocket_scope


def token(*headers: tuple[str, str]) -> str | None:
    return token_of(http_scope(headers=headers))


def test_without_a_token_there_is_none() -> None:
    assert token() is None
    assert token(("cookie", "theme=dark")) is None
    assert token(("cookie", f"{SESSION_COOKIE}=")) is None


@pytest.mark.parametrize("value", ["Bearer abc", "bearer abc", "BEARER abc", "Bearer  abc "])
def test_a_bearer_token_is_found_whatever_the_case_of_its_scheme(value: str) -> None:
    assert token(("authorization", value)) == "abc"
    assert token_of(websocket_scope(headers=[("authorization", value)])) == "abc"


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Bearer ", "", "abc", "Bearerabc"])
def test_another_scheme_is_refused_and_not_passed_over_for_the_cookie(value: str) -> None:
    with pytest.raises(HubbubError) as refused:
        token(("authorization", value), ("cookie", f"{SESSION_COOKIE}=abc"))
    assert refused.value.code is ErrorCode.UNAUTHENTICATED
    assert "Bearer TOKEN" in refused.value.detail


@pytest.mark.parametrize(
    "headers",
    [
        [("cookie", "hubbub_session=abc")],
        [("cookie", "theme=dark; hubbub_session=abc; last=1")],
        [("cookie", "theme=dark"), ("cookie", "hubbub_session=abc")],
        [("cookie", 'hubbub_session="abc"')],
    ],
)
def test_the_cookie_is_found_among_others(headers: Pairs) -> None:
    assert token(*headers) == "abc"


def test_the_header_comes_before_the_cookie() -> None:
    assert token(("authorization", "Bearer header"), ("cookie", "hubbub_session=cookie")) == "header"


@pytest.mark.parametrize(
    "value", ["=", ";;;", "hubbub_session", "a b c", "[]=1; =2", "\xff=\xff", "hubbub_session=\xff"]
)
def test_a_cookie_header_that_nobody_can_read_holds_no_token_of_ours(value: str) -> None:
    assert token(("cookie", value)) in (None, "\xff")
