"""Which answer a file gives to which request headers: content codings, validators, ranges; sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import Accept
from werkzeug.http import http_date, parse_accept_header, parse_range_header
from werkzeug.sansio.http import is_resource_modified

from hubbub.composite.static_tree import StaticFile

IDENTITY = "identity"
ETAG_SUFFIXES = {"br": "-br", "gzip": "-gz", IDENTITY: ""}


@dataclass(frozen=True, slots=True)
class StaticReply:
    """Status, headers and content; the content is that of a GET."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes


def static_reply(file: StaticFile, method: str, asked: Mapping[str, str], cache_control: str) -> StaticReply:
    """The answer to GET or HEAD; `asked` are the request headers by their names in lower case.

    Ranges are those of the file itself, so a request for one gets no content coding (RFC 9110, 14.1). A header that
    cannot be parsed counts as absent.
    """
    wanted = _wanted_range(file, asked) if method == "GET" else None
    encoding = IDENTITY if wanted else _encoding(file, asked.get("accept-encoding"))
    content = file.encodings.get(encoding, file.content)
    headers = _headers(file, encoding, cache_control)
    if not is_resource_modified(
        http_if_none_match=asked.get("if-none-match"),
        http_if_modified_since=asked.get("if-modified-since"),
        etag=_etag(file, encoding),
        last_modified=file.modified,
    ):
        return _reply(304, headers, b"")
    if wanted:
        return _partial(file, headers, *wanted)
    described = {**headers, "content-type": file.content_type, "content-length": str(len(content))}
    if encoding != IDENTITY:
        described["content-encoding"] = encoding
    return _reply(200, described, content)


def _partial(file: StaticFile, headers: dict[str, str], begin: int, end: int | None) -> StaticReply:
    length = len(file.content)
    if begin < 0:  # the last so many bytes, or all if there are fewer (RFC 9110, 14.1.2)
        begin = max(0, length + begin)
    end = length if end is None else min(end, length)
    if begin >= end:
        return _reply(416, {**headers, "content-length": "0", "content-range": f"bytes */{length}"}, b"")
    described = {
        **headers,
        "content-type": file.content_type,
        "content-length": str(end - begin),
        "content-range": f"bytes {begin}-{end - 1}/{length}",
    }
    return _reply(206, described, file.content[begin:end])


def _reply(status: int, headers: Mapping[str, str], content: bytes) -> StaticReply:
    return StaticReply(status, [(name.encode(), value.encode()) for name, value in headers.items()], content)


def _headers(file: StaticFile, encoding: str, cache_control: str) -> dict[str, str]:
    """What every answer about the file says (RFC 9110, 15.4.5 asks for it in a 304 too)."""
    headers = {
        "accept-ranges": "bytes",
        "cache-control": cache_control,
        "etag": _etag(file, encoding),
        "vary": "Accept-Encoding",
    }
    if file.modified is not None:
        headers["last-modified"] = http_date(file.modified)
    return headers


def _etag(file: StaticFile, encoding: str) -> str:
    return f'"{file.digest}{ETAG_SUFFIXES[encoding]}"'


def _encoding(file: StaticFile, accept: str | None) -> str:
    """The content coding to use (RFC 9110, 12.5.3); identity also where the client refuses everything there is."""
    accepted = parse_accept_header(accept, Accept)
    named = {item.lower() for item, _ in accepted}
    best, best_quality = IDENTITY, accepted.quality(IDENTITY) if IDENTITY in named else 0.0
    for encoding in file.encodings:
        quality = accepted.quality(encoding)
        if quality > 0 and (quality > best_quality or (best == IDENTITY and quality == best_quality)):
            best, best_quality = encoding, quality
    return best


def _wanted_range(file: StaticFile, asked: Mapping[str, str]) -> tuple[int, int | None] | None:
    """Begin and exclusive end, if one range of bytes is asked for of the version that we have (RFC 9110, 13.1.5)."""
    wanted = parse_range_header(asked.get("range"))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    condition = asked.get("if-range")
    known = {_etag(file, IDENTITY)} | ({http_date(file.modified)} if file.modified else set())
    return wanted.ranges[0] if condition is None or condition.strip() in known else None
