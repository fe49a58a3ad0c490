"""Reading scopes and adding headers to replies."""

from __future__ import annotations

import pytest

from hubbub.composite.scopes import cookie_header, header, is_under, route_path, with_missing_headers, with_vary
from hubbub.composite.types import Message
from tests.support.asgi_calls import http_scope


def test_a_repeated_header_is_joined() -> None:
    assert header(http_scope(headers=[("Origin", "a"), ("Origin", "b")]), b"origin") == b"a, b"
    assert header(http_scope(), b"origin") is None


def test_cookie_crumbs_are_one_header() -> None:
    assert cookie_header(http_scope(headers=[("Cookie", "a=1"), ("Cookie", "b=2")])) == "a=1; b=2"


def test_a_header_of_the_application_stays() -> None:
    start: Message = {"type": "http.response.start", "headers": [(b"X-One", b"its own")]}
    made = with_missing_headers(start, [(b"x-one", b"ours"), (b"x-two", b"ours")])
    assert made["headers"] == [(b"X-One", b"its own"), (b"x-two", b"ours")]
    assert len(start["headers"]) == 1
    assert with_missing_headers({"type": "websocket.accept"}, [(b"a", b"b")])["headers"] == [(b"a", b"b")]


def test_vary_is_named_once() -> None:
    start: Message = {"headers": [(b"vary", b"Accept-Encoding, origin")]}
    assert with_vary(start, b"Origin")["headers"] == start["headers"]
    assert with_vary(start, b"Accept")["headers"][-1] == (b"vary", b"Accept")


@pytest.mark.parametrize(
    ("path", "prefix", "under"),
    [
        ("/api", "/api", True),
        ("/api/v1", "/api", True),
        ("/api/v1", "/api/", True),
        ("/apis", "/api", False),
        ("/", "/api", False),
        ("", "/api", False),
    ],
)
def test_prefixes_end_at_segments(path: str, prefix: str, under: bool) -> None:
    assert is_under(path, prefix) is under


@pytest.mark.parametrize(
    ("root", "path", "below"),
    [
        ("", "/a", "/a"),
        ("/", "/a", "/a"),
        ("/a", "/a/b", "/b"),
        ("/a/", "/a/b", "/b"),
        ("/a", "/a", "/"),
        ("/a", "/ab", "/ab"),
        ("/a", "/b", "/b"),
        ("", "*", "*"),
        ("", "", ""),
    ],
)
def test_the_path_below_the_root(root: str, path: str, below: str) -> None:
    assert route_path({"path": path, "root_path": root}) == below


def test_without_a_root_path_the_path_is_the_whole() -> None:
    assert route_path({"path": "/a"}) == "/a"
