"""Content codings, validators and ranges of one file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import http_date

from hubbub.composite.static_reply import StaticReply, static_reply
from hubbub.composite.static_tree import static_file

MODIFIED = datetime(2024, 5, 17, 12, 0, 0, tzinfo=UTC)
TEXT = bytes(range(48, 58)) * 100
FILE = static_file("digits.txt", TEXT, MODIFIED)
EMPTY = static_file("empty.txt", b"", MODIFIED)
GENERATED = static_file("page.html", TEXT, None)
ETAG = f'"{FILE.digest}"'


def ask(*, method: str = "GET", file: object = FILE, **asked: str) -> tuple[StaticReply, dict[str, str]]:
    headers = {name.replace("_", "-"): value for name, value in asked.items()}
    reply = static_reply(file, method, headers, "no-cache")  # type: ignore[arg-type]
    return reply, {name.decode(): value.decode() for name, value in reply.headers}


def test_a_plain_request() -> None:
    reply, headers = ask()
    assert (reply.status, reply.content) == (200, TEXT)
    assert headers == {
        "accept-ranges": "bytes",
        "cache-control": "no-cache",
        "content-length": "1000",
        "content-type": "text/plain; charset=utf-8",
        "etag": ETAG,
        "last-modified": "Fri, 17 May 2024 12:00:00 GMT",
        "vary": "Accept-Encoding",
    }


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("br, gzip", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("BR", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", None),
        ("br;q=0, gzip;q=0", None),
        ("identity, br;q=0.5", None),
        ("identity;q=0.5, br;q=0.5", "br"),
        ("identity;q=0", None),
        ("deflate", None),
        ("", None),
        ("br;q=nonsense", None),
    ],
)
def test_content_codings(accept: str, encoding: str | None) -> None:
    reply, headers = ask(accept_encoding=accept)
    assert headers.get("content-encoding") == encoding
    assert headers["content-length"] == str(len(reply.content))
    assert (headers["etag"] == ETAG) == (encoding is None)
    if encoding == "br":
        assert brotli.decompress(reply.content) == TEXT


def test_each_coding_has_a_validator_of_its_own() -> None:
    etags = {ask(accept_encoding=accept)[1]["etag"] for accept in ("br", "gzip", "")}
    assert len(etags) == 3


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("given_etag", [ETAG, f"W/{ETAG}", f'"other", {ETAG}', "*"])
def test_a_known_version_is_not_sent_again(method: str, given_etag: str) -> None:
    reply, headers = ask(method=method, if_none_match=given_etag)
    assert (reply.status, reply.content) == (304, b"")
    assert headers.keys() == {"accept-ranges", "cache-control", "etag", "last-modified", "vary"}


@pytest.mark.parametrize("given_etag", ['"other"', FILE.digest + "x"])
def test_another_version_is_sent_whatever_the_date_says(given_etag: str) -> None:
    reply, _ = ask(if_none_match=given_etag, if_modified_since=http_date(MODIFIED))
    assert reply.status == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (http_date(MODIFIED), 304),
        (http_date(MODIFIED + timedelta(days=1)), 304),
        (http_date(MODIFIED - timedelta(seconds=1)), 200),
        ("yesterday", 200),
    ],
)
def test_dates(since: str, status: int) -> None:
    assert ask(if_modified_since=since)[0].status == status
    assert ask(if_modified_since=since, file=GENERATED)[0].status == 200


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=990-", 990, 1000),
        ("bytes=-10", 990, 1000),
        ("bytes=-5000", 0, 1000),
        ("bytes=0-999999999999999999999", 0, 1000),
        ("bytes=999-999", 999, 1000),
        ("Bytes=5-5", 5, 6),
    ],
)
def test_ranges(wanted: str, begin: int, end: int) -> None:
    reply, headers = ask(range=wanted, accept_encoding="br")
    assert (reply.status, reply.content) == (206, TEXT[begin:end])
    assert headers["content-range"] == f"bytes {begin}-{end - 1}/1000"
    assert headers["content-length"] == str(end - begin)
    assert headers["etag"] == ETAG
    assert "content-encoding" not in headers


@pytest.mark.parametrize("wanted", ["bytes=1000-", "bytes=5000-6000"])
def test_ranges_that_are_not_there(wanted: str) -> None:
    reply, headers = ask(range=wanted)
    assert (reply.status, reply.content) == (416, b"")
    assert headers["content-range"] == "bytes */1000"


def test_an_empty_file_has_no_ranges() -> None:
    assert ask(range="bytes=0-", file=EMPTY)[0].status == 416
    assert ask(range="bytes=-1", file=EMPTY)[0].status == 416
    assert ask(file=EMPTY)[0].status == 200


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,5-6", "lines=0-1", "bytes=5-1", "bytes=a-b", "bytes=-0", "bytes", "bytes=--5", "0-5", ""]
)
def test_what_is_no_single_range_is_ignored(wanted: str) -> None:
    reply, _ = ask(range=wanted)
    assert (reply.status, reply.content) == (200, TEXT)


def test_a_range_is_for_get_only() -> None:
    assert ask(method="HEAD", range="bytes=0-1")[0].status == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        (http_date(MODIFIED), 206),
        (f"W/{ETAG}", 200),
        (f'"{FILE.digest}-br"', 200),
        (http_date(MODIFIED + timedelta(days=1)), 200),
        ("nonsense", 200),
    ],
)
def test_a_range_of_another_version_is_not_sent(condition: str, status: int) -> None:
    assert ask(range="bytes=0-1", if_range=condition)[0].status == status


def test_a_known_version_comes_before_its_range() -> None:
    assert ask(range="bytes=0-1", if_none_match=ETAG)[0].status == 304


values = st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30)
NAMES = st.sampled_from(["accept-encoding", "range", "if-range", "if-none-match", "if-modified-since"])


@given(st.dictionaries(NAMES, values))
def test_no_header_breaks_it(asked: dict[str, str]) -> None:
    assert static_reply(FILE, "GET", asked, "no-cache").status in {200, 206, 304, 416}


@given(st.integers(0, 1200), st.integers(0, 1200) | st.none(), st.booleans())
def test_a_range_is_that_part_or_an_error(first: int, last: int | None, suffix: bool) -> None:
    wanted = f"bytes=-{first}" if suffix else f"bytes={first}-{'' if last is None else last}"
    reply, _ = ask(range=wanted)
    if suffix:
        expected = TEXT[-first:] if first else TEXT
        assert (reply.status, reply.content) == (206 if first else 200, expected)
    elif last is not None and last < first:
        assert reply.status == 200
    elif first >= len(TEXT):
        assert reply.status == 416
    else:
        assert (reply.status, reply.content) == (206, TEXT[first : None if last is None else last + 1])
