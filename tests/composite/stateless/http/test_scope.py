"""A head as a scope."""

from __future__ import annotations

import h11
import pytest

from hubbub.composite.stateless.http.scope import BadTarget, request_scope


def request(target: str, method: str = "GET") -> h11.Request:
    return h11.Request(method=method, target=target, headers=[("Host", "x"), ("X-A", "1"), ("x-a", "2")])


def test_every_part_is_as_asgi_has_it() -> None:
    scope = request_scope(request("/a%2Fb%20%C3%A9?c=%20d", "get"), client=("192.0.2.1", 1), server=("192.0.2.2", 80))
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/a/b é",
        "raw_path": b"/a%2Fb%20%C3%A9",
        "query_string": b"c=%20d",
        "root_path": "",
        "headers": [(b"host", b"x"), (b"x-a", b"1"), (b"x-a", b"2")],
        "client": ("192.0.2.1", 1),
        "server": ("192.0.2.2", 80),
    }


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("http://x/a?b", "/a", b"b"),
        ("HTTPS://x", "/", b""),
        ("*", "*", b""),
        ("//a", "//a", b""),
        ("/%FF", "/\ufffd", b""),
    ],
)
def test_forms_of_a_target(target: str, path: str, query: bytes) -> None:
    scope = request_scope(request(target), client=None, server=None)
    assert (scope["path"], scope["query_string"]) == (path, query)


@pytest.mark.parametrize("target", ["x:443", "ftp://x/", "a", "http:/a", "?a"])
def test_what_is_no_target_here(target: str) -> None:
    with pytest.raises(BadTarget):
        request_scope(request(target), client=None, server=None)
