"""HTTP/1.1 messages that are whole and in no way special, read and written in one piece (RFC 9112).

What is not certain here is `None`: a parser that knows all of the protocol has the word then. So nothing is taken here
that is refused there, or understood in another way. Knows neither servers nor applications.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Fields = list[tuple[bytes, bytes]]

MAX_BYTES = 16 * 1024  # larger ones are rare, and a parser that waits for their rest has the bounds for it

_TOKEN = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"  # RFC 9110, 5.6.2
_VALUE = rb"[\t\x20-\x7e\x80-\xff]*"
# Neither can be read in two ways, so that no input takes long.
_FIELD = re.compile(rb"(%s):(%s)\r\n" % (_TOKEN, _VALUE))
_FIELDS = re.compile(rb"(?:%s:%s\r\n)+" % (_TOKEN, _VALUE))
# Only paths: `*`, whole URLs and CONNECT mean something else.
_REQUEST_LINE = re.compile(rb"([A-Z]+) (/[\x21-\x7e]*) HTTP/1\.1\r\n")

# What changes how a message is framed, or what the connection is afterwards.
_SPECIAL = frozenset({b"connection", b"transfer-encoding", b"expect", b"upgrade"})
_KEEP_ALIVE = b"keep-alive"  # says what is so anyway (RFC 9112, 9.3)
_BODILESS = frozenset({204, 304})  # and what is below 200 (RFC 9112, 6.3)
_OK = 200


@dataclass(frozen=True, slots=True)
class WholeRequest:
    """`fields` have their names in lower case; `data` are the bytes that it was read from."""

    method: str
    target: bytes
    fields: Fields
    body: bytes
    data: bytes


def read_request(data: bytes) -> WholeRequest | None:
    """The request that `data` is, no more and no less."""
    line = _REQUEST_LINE.match(data, 0, MAX_BYTES)
    head = _FIELDS.match(data, line.end()) if line is not None and len(data) <= MAX_BYTES else None
    if line is None or head is None or not data.startswith(b"\r\n", head.end()):
        return None
    method, target = line.groups()
    body = data[head.end() + 2 :]
    fields = [(name.lower(), value.strip(b"\t ")) for name, value in _FIELD.findall(head[0])]
    names = [name for name, _ in fields]
    if method == b"HEAD" or names.count(b"host") != 1 or not _is_framed_by_length(names, fields, len(body)):
        return None
    return WholeRequest(method.decode(), target, fields, body, data)


def write_response(status: int, fields: Fields, body: bytes) -> bytes | None:
    """The response in one piece, for a request that was read here; its `content-length` must be that of the body."""
    names = [name.lower() for name, _ in fields]
    if status < _OK or status in _BODILESS or b"host" in names:
        return None
    if b"content-length" not in names or not _is_framed_by_length(names, fields, len(body)):
        return None
    head = b"".join([b"%s: %s\r\n" % field for field in fields])
    # A line break within a value would make another field of it.
    if head.count(b"\n") != len(fields) or not _FIELDS.fullmatch(head):
        return None
    return b"HTTP/1.1 %d \r\n%s\r\n%s" % (status, head, body)


def _is_framed_by_length(names: list[bytes], fields: Fields, size: int) -> bool:
    """Whether so many bytes follow, and nothing says otherwise."""
    if not _SPECIAL.isdisjoint(names):
        said = [(name, value.lower()) for name, (_, value) in zip(names, fields, strict=True) if name in _SPECIAL]
        if any(each != (b"connection", _KEEP_ALIVE) for each in said):
            return False
    if b"content-length" not in names:
        return size == 0
    return names.count(b"content-length") == 1 and fields[names.index(b"content-length")][1] == b"%d" % size
