"""What counts as a host and as an origin, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.authority import Authority, Origin, origin_of, parse_authority, parse_origin


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.org", "example.org", None),
        ("EXAMPLE.org:8443", "example.org", 8443),
        ("example.org:", "example.org", None),
        ("example.org.", "example.org.", None),
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("[::1]:8000", "[::1]", 8000),
        ("[2001:DB8:0:0::1]", "[2001:db8::1]", None),
        ("my_host-1", "my_host-1", None),
    ],
)
def test_authorities(text: str, host: str, port: int | None) -> None:
    assert parse_authority(text) == Authority(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "user@example.org",
        "example.org/path",
        "example.org\\.evil.org",
        "example.org?x",
        "example.org#x",
        "example.org ",
        "exa mple.org",
        "example.org:0",
        "example.org:65536",
        "example.org:+80",
        "example.org:8_0",
        "example.org:٨٠",
        "example.org:80:80",
        "a, b",
        "::1",
        "[::1",
        "[::1]x",
        "[::1%eth0]",
        "[example.org]",
        "\u212aelvin.example",
        "käse.example",
        "%61.example",
        "a" * 254,
    ],
)
def test_everything_else_is_no_authority(text: str) -> None:
    assert parse_authority(text) is None
    assert parse_origin(f"https://{text}") is None


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.org", Origin("https", "example.org", 443)),
        ("HTTPS://Example.Org:443", Origin("https", "example.org", 443)),
        ("http://example.org", Origin("http", "example.org", 80)),
        ("http://[::1]:8000", Origin("http", "[::1]", 8000)),
        ("wss://example.org", Origin("https", "example.org", 443)),
        ("capacitor://localhost", Origin("capacitor", "localhost", None)),
    ],
)
def test_origins(text: str, origin: Origin) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "",
        "example.org",
        "https:example.org",
        "//example.org",
        "://example.org",
        "https://example.org/",
        "https://example.org:",
        "https://example.org, https://example.org",
        "https://a@example.org",
        "javascript://%0aalert(1)",
        "https ://example.org",
    ],
)
def test_everything_else_is_no_origin(text: str) -> None:
    assert parse_origin(text) is None


def test_a_trailing_dot_is_another_host() -> None:
    assert parse_origin("https://example.org.") != parse_origin("https://example.org")


@given(st.text(max_size=40))
def test_no_text_breaks_the_parsers(text: str) -> None:
    parse_authority(text)
    parse_origin(text)


@given(st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,10}){0,3}", fullmatch=True), st.integers(1, 65535))
def test_what_a_browser_sends_is_what_the_server_sees(host: str, port: int) -> None:
    authority = parse_authority(f"{host}:{port}")
    assert authority is not None
    assert parse_origin(f"https://{host}:{port}") == origin_of("wss", authority)
