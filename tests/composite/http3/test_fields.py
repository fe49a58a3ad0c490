from __future__ import annotations

import pytest

from hubbub.composite.http3.fields import Fields, Refused, read_request

LIMIT = 1_000


def request(method: bytes = b"GET", path: bytes | None = b"/", *fields: tuple[bytes, bytes]) -> Fields:
    pseudo = [(b":method", method), (b":scheme", b"https"), (b":authority", b"chat.example")]
    return [*pseudo, *([] if path is None else [(b":path", path)]), *fields]


def test_the_authority_is_the_host() -> None:
    fields = request(b"post", b"/a?b=%20", (b"host", b"other.example"), (b"accept", b"*/*"))
    assert read_request(fields, LIMIT) == ("POST", b"/a?b=%20", [(b"host", b"chat.example"), (b"accept", b"*/*")])


def test_the_pieces_of_the_cookie_are_put_together() -> None:
    fields = request(b"GET", b"/", (b"cookie", b"a=1"), (b"accept", b"*/*"), (b"cookie", b"b=2"))
    assert read_request(fields, LIMIT)[2][1:] == [(b"accept", b"*/*"), (b"cookie", b"a=1; b=2")]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (request(path=None), 400),
        (request(path="/é".encode()), 400),
        (request("GÉT".encode()), 400),
        (request(b"GET", b"/", *[(b"a", b"")] * 40), 431),
        (request(b"CONNECT", None), 501),
        (request(b"CONNECT", b"/ws", (b":protocol", b"websocket")), 501),
    ],
    ids=["no path", "path", "method", "long", "tunnel", "websocket"],
)
def test_what_is_no_request_is_refused(fields: Fields, status: int) -> None:
    with pytest.raises(Refused) as refused:
        read_request(fields, LIMIT)
    assert refused.value.status == status
