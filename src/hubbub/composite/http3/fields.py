"""The header fields of a request, from HTTP/3's form into the one that ASGI has; decides what is no request at all.

aioquic has checked names, values and the order of the pseudo-header fields (RFC 9114, 4.3).
"""

from __future__ import annotations

from hubbub.composite.h2_events import NOT_IMPLEMENTED, refusal_of

Fields = list[tuple[bytes, bytes]]

HEADERS_TOO_LARGE = 431

# What a field costs beside its name and value (RFC 9114, 4.2.2), in bytes.
_FIELD_BYTES = 32


class Refused(Exception):
    """Not a request that an application could be asked; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused by {status}")
        self.status = status


def read_request(fields: Fields, limit: int) -> tuple[str, bytes, Fields]:
    """The method, the target as it was sent, and the fields with `host` first and one `cookie`.

    Raises:
        Refused: 400 without a path or with one that is not ASCII, 431 for fields of more than `limit` bytes, 501 for
            CONNECT: there is no tunnel, and no WebSocket over HTTP/3.
    """
    if sum(len(name) + len(value) + _FIELD_BYTES for name, value in fields) > limit:
        raise Refused(HEADERS_TOO_LARGE)
    pseudo = {name: value for name, value in fields if name.startswith(b":")}
    method = pseudo[b":method"]
    refused = NOT_IMPLEMENTED if method.upper() == b"CONNECT" else refusal_of(fields)
    if refused is not None:
        raise Refused(refused)
    return method.decode("ascii").upper(), pseudo[b":path"], _regular(fields, pseudo[b":authority"])


def _regular(fields: Fields, authority: bytes) -> Fields:
    """One `host`, which is the authority; one `cookie`, which clients send in pieces (RFC 9114, 4.2.1)."""
    regular = [(b"host", authority)]
    regular += [item for item in fields if not item[0].startswith(b":") and item[0] not in {b"host", b"cookie"}]
    cookies = [value for name, value in fields if name == b"cookie"]
    return [*regular, (b"cookie", b"; ".join(cookies))] if cookies else regular
