"""Hosts and origins as text, parsed strictly; knows nothing of requests.

No URL parser is used: parsers of URLs accept userinfo, paths, backslashes and other things that have no place in
`Host` or `Origin`, and where two of them differ there is a hole. What is not certain here is `None`.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
WEBSOCKET_SCHEMES = {"ws": "http", "wss": "https"}

HOST_CHARS = 253  # the longest name that DNS knows (RFC 1035, 2.3.4, without the trailing dot's length octet)
MAX_PORT = 65_535
PORT_DIGITS = 5
ORIGIN_CHARS = 300  # a scheme, the longest host and a port; longer text is not even looked at
CACHED = 1_024  # most requests come from a few pages to one host

_NAME = frozenset(string.ascii_lowercase + string.digits + "-._")
_SCHEME = frozenset(string.ascii_lowercase + string.digits + "+-.")


@dataclass(frozen=True, slots=True)
class Authority:
    """`host` in lower case, an IPv6 address in brackets and compressed; `port` as it was given, if it was."""

    host: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 6454, 4); the port is `None` for schemes without a default."""

    scheme: str
    host: str
    port: int | None


def parse_authority(text: str) -> Authority | None:
    """The host and port of a `Host` header (RFC 9110, 7.2); `None` if it is anything else.

    A trailing dot stays: to browsers `example.org.` is another host than `example.org`. An empty port is no port.
    """
    return _parse_authority(text) if len(text) <= ORIGIN_CHARS else None


@lru_cache(CACHED)
def _parse_authority(text: str) -> Authority | None:
    if not text.isascii():  # the Kelvin sign is a `k` in lower case
        return None
    if text.startswith("["):
        literal, bracket, rest = text[1:].partition("]")
        host = _ipv6(literal) if bracket else None
    else:
        name, colon, port = text.lower().partition(":")
        host, rest = _name(name), colon + port
    if host is None or (rest and not rest.startswith(":")):
        return None
    if not rest[1:]:
        return Authority(host, None)
    number = _port(rest[1:])
    return None if number is None else Authority(host, number)


def parse_origin(text: str) -> Origin | None:
    """The value of an `Origin` header (RFC 6454, 7); `None` for `null` and for anything that is not one origin."""
    return _parse_origin(text) if len(text) <= ORIGIN_CHARS else None


@lru_cache(CACHED)
def _parse_origin(text: str) -> Origin | None:
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or not scheme or not _SCHEME.issuperset(scheme) or rest.endswith(":"):
        return None
    authority = parse_authority(rest)
    return None if authority is None else origin_of(scheme, authority)


def origin_of(scheme: str, authority: Authority) -> Origin:
    """An origin with the default port filled in; `ws` and `wss` count as `http` and `https`."""
    scheme = WEBSOCKET_SCHEMES.get(scheme, scheme)
    return Origin(scheme, authority.host, authority.port or DEFAULT_PORTS.get(scheme))


def _name(text: str) -> str | None:
    return text if 0 < len(text) <= HOST_CHARS and _NAME.issuperset(text) else None


def _ipv6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except ValueError:
        return None
    return None if address.scope_id is not None else f"[{address.compressed}]"


def _port(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= PORT_DIGITS):
        return None
    number = int(text)
    return number if 0 < number <= MAX_PORT else None
