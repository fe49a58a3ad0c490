"""Whole messages beside h11: whatever is taken here, h11 takes too, and reads and writes the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.whole_messages import MAX_BYTES, Fields, WholeRequest, read_request, write_response

ASKED = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
SENT = b"POST /a?b=%20 HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\nX:  a \t b\t\r\nx:\r\n\r\n{ }"


def by_h11(data: bytes) -> WholeRequest | None:
    """The request as h11 reads it; None unless it is whole and nothing comes after it."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(data)
    parts: list[h11.Event] = []
    try:
        while not parts or not isinstance(parts[-1], h11.EndOfMessage):
            event = server.next_event()
            if not isinstance(event, h11.Event):
                return None
            parts.append(event)
    except h11.RemoteProtocolError:
        return None
    head = parts[0]
    assert isinstance(head, h11.Request)
    body = b"".join(bytes(part.data) for part in parts if isinstance(part, h11.Data))
    if server.trailing_data[0] or server.they_are_waiting_for_100_continue:
        return None
    return WholeRequest(head.method.decode(), head.target, list(head.headers), body, data)


@pytest.mark.parametrize("data", [ASKED, SENT, SENT.replace(b"X:", b"Connection: Keep-Alive\r\nX:")])
def test_what_is_whole_is_read_as_h11_reads_it(data: bytes) -> None:
    assert read_request(data) == by_h11(data) is not None


NOT_TAKEN = {
    "nothing": b"",
    "the first half": SENT[:-2],
    "more than one": ASKED + ASKED,
    "one line break before": b"\r\n" + ASKED,
    "no host": b"GET / HTTP/1.1\r\nx: y\r\n\r\n",
    "no field": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": ASKED.replace(b"\r\n\r\n", b"\r\nHost: there\r\n\r\n"),
    "HTTP/1.0": ASKED.replace(b"1.1", b"1.0"),
    "HEAD": ASKED.replace(b"GET", b"HEAD"),
    "every address": ASKED.replace(b"GET /", b"OPTIONS *"),
    "a whole URL": ASKED.replace(b"GET /", b"GET http://here/"),
    "a tunnel": ASKED.replace(b"GET /", b"CONNECT here:1"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a body that nothing announces": ASKED + b"x",
    "two lengths": SENT.replace(b"X:", b"content-length: 3\r\nX:"),
    "two lengths in one": SENT.replace(b"Length: 3", b"Length: 3, 3"),
    "a signed length": SENT.replace(b"Length: 3", b"Length: +3"),
    "a padded length": SENT.replace(b"Length: 3", b"Length: 03"),
    "chunks": SENT.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked"),
    "chunks and a length": SENT.replace(b"X:", b"Transfer-Encoding: chunked\r\nX:"),
    "a wish to be asked for the body": SENT.replace(b"X:", b"Expect: 100-continue\r\nX:"),
    "a wish for another protocol": SENT.replace(b"X:", b"Upgrade: websocket\r\nConnection: Upgrade\r\nX:"),
    "a farewell": ASKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    "two words on the connection": ASKED.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive, close\r\n\r\n"),
    "a folded line": SENT.replace(b"X:", b"X: a\r\n "),
    "a space before the colon": SENT.replace(b"X:", b"X :"),
    "a space before the name": SENT.replace(b"X:", b" X:"),
    "no colon": SENT.replace(b"X:", b"X"),
    "lone line feeds": ASKED.replace(b"\r\n", b"\n"),
    "a lone carriage return": SENT.replace(b"a \t b", b"a\rb"),
    "a NUL": SENT.replace(b"a \t b", b"a\0b"),
    "a path that is not ASCII": ASKED.replace(b"GET /", "GET /ä".encode()),
    "a space in the path": ASKED.replace(b"GET /", b"GET /a b"),
    "too much": ASKED.replace(b"here", b"h" * MAX_BYTES),
}


@pytest.mark.parametrize("data", NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_what_is_special_or_not_certain_is_left_to_h11(data: bytes) -> None:
    assert read_request(data) is None


def mangled(data: bytes) -> st.SearchStrategy[bytes]:
    """What differs from `data` in up to three places, by bytes that mean something."""
    pieces = st.sampled_from([b"", b"\r\n", *(b"%c" % byte for byte in b"\n\r \t:,03\0\x7f\xe4a")])
    places = st.lists(st.integers(0, len(data)), max_size=6).map(sorted)

    def put(cuts: list[int], inserted: list[bytes]) -> bytes:
        kept = [data[begin:end] for begin, end in pairwise([0, *cuts, len(data)])][::2]
        return b"".join(part + piece for part, piece in zip(kept, [*inserted, b""] * 4, strict=False))

    return st.builds(put, places, st.lists(pieces, min_size=1, max_size=3))


@given(st.sampled_from([ASKED, SENT]).flatmap(mangled))
def test_nothing_is_taken_that_h11_would_read_in_another_way(data: bytes) -> None:
    read = read_request(data)
    assert read is None or read == by_h11(data)


def written_by_h11(status: int, fields: Fields, body: bytes) -> bytes:
    server = h11.Connection(h11.SERVER)
    server.receive_data(ASKED)
    events: Iterator[h11.Event] = iter(
        [h11.Response(status_code=status, headers=fields), h11.Data(data=body), h11.EndOfMessage()]
    )
    server.next_event()
    server.next_event()
    return b"".join(server.send(event) or b"" for event in events)


@pytest.mark.parametrize("status", [200, 201, 404, 500])
@pytest.mark.parametrize("body", [b"", b"four"])
def test_an_answer_is_written_as_h11_writes_it(status: int, body: bytes) -> None:
    fields = [(b"Content-Length", b"%d" % len(body)), (b"x", b""), (b"date", b"Fri, 27 Nov 2026 02:50:22 GMT")]
    assert write_response(status, fields, body) == written_by_h11(status, fields, body)


LENGTH = (b"content-length", b"4")
NOT_WRITTEN: dict[str, tuple[int, Fields]] = {
    "no length": (200, [(b"x", b"y")]),
    "another length": (200, [(b"content-length", b"5")]),
    "two lengths": (200, [LENGTH, LENGTH]),
    "chunks": (200, [LENGTH, (b"transfer-encoding", b"chunked")]),
    "the end of the connection": (200, [LENGTH, (b"Connection", b"close")]),
    "a host, which h11 puts first": (200, [LENGTH, (b"host", b"here")]),
    "a status without a body": (204, [LENGTH]),
    "not modified": (304, [LENGTH]),
    "an answer before the answer": (103, [LENGTH]),
    "a line break in a value": (200, [LENGTH, (b"x", b"a\r\nset-cookie: b")]),
    "a line feed in a value": (200, [LENGTH, (b"x", b"a\nb")]),
    "a name that is none": (200, [LENGTH, (b"x y", b"z")]),
    "an empty name": (200, [LENGTH, (b"", b"z")]),
    "a colon in the name": (200, [LENGTH, (b"x:y\r\nz", b"z")]),
}


@pytest.mark.parametrize(("status", "fields"), NOT_WRITTEN.values(), ids=NOT_WRITTEN)
def test_an_answer_that_is_special_or_wrong_is_left_to_h11(status: int, fields: Fields) -> None:
    assert write_response(status, fields, b"four") is None
