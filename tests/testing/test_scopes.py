"""Scopes in memory have what Hypercorn's have."""

from __future__ import annotations

from hubbub.testing.scopes import http_scope, raw, websocket_scope


def test_headers_are_bytes_with_names_in_lower_case() -> None:
    assert raw({"X-Name": "\xe9"}) == [(b"x-name", b"\xe9")]
    assert raw([("A", "1"), ("A", "2")]) == [(b"a", b"1"), (b"a", b"2")]


def test_more_replaces_and_adds() -> None:
    scope = http_scope("/ü", "POST", {"Host": "x"}, scheme="https", extra=1)
    assert (scope["method"], scope["scheme"], scope["extra"]) == ("POST", "https", 1)
    assert (scope["raw_path"], scope["headers"]) == ("/ü".encode(), [(b"host", b"x")])


def test_a_websocket_has_no_method() -> None:
    scope = websocket_scope("/ws", subprotocols=["chat"])
    assert "method" not in scope
    assert (scope["type"], scope["scheme"], scope["subprotocols"]) == ("websocket", "ws", ["chat"])
