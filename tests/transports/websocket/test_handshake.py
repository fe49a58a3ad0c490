"""What a WebSocket brings with its handshake."""

from __future__ import annotations

import pytest

from hubbub.contract.errors import ErrorCode
from hubbub.transports.credentials import SESSION_COOKIE
from hubbub.transports.websocket.handshake import Handshake
from tests.support.asgi_calls import Pairs, websocket_scope


def handshake(*headers: tuple[str, str], query: bytes = b"") -> Handshake:
    return Handshake.of(websocket_scope("/api/v1/ws", headers, query_string=query))


def test_without_anything_there_is_nothing() -> None:
    assert handshake() == Handshake()


@pytest.mark.parametrize("headers", [[("cookie", f"{SESSION_COOKIE}=abc")], [("authorization", "Bearer abc")]])
def test_the_token_comes_by_cookie_or_header_and_the_place_by_the_query(headers: Pairs) -> None:
    assert handshake(*headers, query=b"since=log-1&x=1") == Handshake("abc", "log-1")


@pytest.mark.parametrize("query", [b"since=" + b"x" * 65, b"since=%00", b"&".join([b"a=1"] * 40)])
def test_a_query_that_will_not_do_is_told(query: bytes) -> None:
    found = handshake(query=query)
    assert found.error is not None
    assert found.error.code in (ErrorCode.INVALID_FIELDS, ErrorCode.INVALID_REQUEST)


def test_another_scheme_is_told() -> None:
    found = handshake(("authorization", "Basic YTpi"))
    assert found.error is not None
    assert found.error.code is ErrorCode.UNAUTHENTICATED
