"""Who is on the other end: peers of a connection, sets of networks, keys for counting; knows no header."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from hubbub.composite.types import Scope

Address = IPv4Address | IPv6Address

UNIX = "unix"  # a peer on a Unix socket has no address; ASGI says `client` is then None
ADDRESS_CHARS = 45  # the longest IPv6 address, an IPv4-mapped one written out
CACHED_ADDRESSES = 4_096  # parsing costs ten times a look into the cache, and people come back
SITE_PREFIX_BITS = 64  # one subscriber has at least a /64 of IPv6 addresses (RFC 6177), so it counts as one


def parse_address(text: str) -> Address | None:
    """An IP address, IPv4-mapped ones as IPv4; `None` for anything else, zone ids included."""
    return _parse_address(text) if len(text) <= ADDRESS_CHARS else None


@lru_cache(CACHED_ADDRESSES)
def _parse_address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def peer_text(scope: Scope) -> str:
    """The address of the peer as text, or `unix`."""
    client = scope.get("client")
    return str(client[0]) if client else UNIX


@lru_cache(CACHED_ADDRESSES)
def address_key(text: str) -> str:
    """What an address counts as: itself for IPv4, its /64 for IPv6, unchanged if it is no address."""
    address = parse_address(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, SITE_PREFIX_BITS), strict=False))
    return str(address) if address else text


class Networks:
    """A set of networks such as `10.0.0.0/8`, `::1` or the word `unix` for peers on Unix sockets.

    Raises:
        ValueError: an entry is neither a network nor `unix`; host bits that are set count as a mistake.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        texts = [entry.strip() for entry in entries]
        self._unix = UNIX in texts
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(text) for text in texts if text != UNIX
        )

    def __contains__(self, text: str) -> bool:
        if text == UNIX:
            return self._unix
        address = parse_address(text)
        return address is not None and any(address in network for network in self._networks)
