from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.doctor.wire import BODY_BYTES, HEAD_BYTES, Site, WireError, ask
from tests.doctor.canned import canned_site, response
from tests.support.ports import ReservedPort


@pytest.mark.parametrize(
    ("url", "origin", "authority", "port"),
    [
        ("https://chat.example.org", "https://chat.example.org", "chat.example.org", 443),
        ("http://chat.example.org/", "http://chat.example.org", "chat.example.org", 80),
        ("https://[::1]:8443", "https://[::1]:8443", "[::1]:8443", 8443),
    ],
)
def test_the_parts_of_a_site(url: str, origin: str, authority: str, port: int) -> None:
    site = Site.parse(url)
    assert (site.origin, site.authority, site.port) == (origin, authority, port)


@pytest.mark.parametrize("url", ["chat.example.org", "ftp://chat.example.org", "https://", "https://a.example/chat"])
def test_what_is_no_site_says_how_to_write_one(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://chat\.example\.org"):
        Site.parse(url)


def test_an_authority_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ValueError, match=r"ca\.pem holds no certificate"):
        Site.parse("https://chat.example.org", tmp_path / "ca.pem")


async def test_an_answer_comes_in_pieces() -> None:
    async with canned_site({"/": response(200, "hello", X_Name="a name")}) as site, ask(site, "/") as answer:
        assert (answer.status, answer.headers["x-name"], await answer.body()) == (200, "a name", b"hello")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "closed without an answer|broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2 * HEAD_BYTES, "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "broke off"),
        (response(200, "x" * (BODY_BYTES + 1)), "larger than 256 KiB"),
    ],
    ids=["nothing", "no HTTP", "an endless head", "half a body", "a large body"],
)
async def test_what_is_no_answer_is_told(said: bytes, told: str) -> None:
    async with canned_site({"/": said}) as site:
        with pytest.raises(WireError, match=told):
            async with ask(site, "/") as answer:
                await answer.body()


async def test_who_does_not_answer_is_not_waited_for() -> None:
    with ReservedPort() as nobody, pytest.raises(WireError, match="Connect call failed"):
        async with ask(Site.parse(f"http://{nobody.bind}"), "/"):
            pytest.fail("somebody answered")
    async with canned_site({"/": b""}) as site:
        with pytest.raises(WireError, match="within 0 s"):
            async with ask(site, "/", seconds=0.0):
                pytest.fail("somebody answered")
