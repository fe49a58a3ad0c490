"""Forwarded headers: believed from trusted peers, removed in any case; decides nothing else.

After this middleware `scope["client"]`, `scope["scheme"]` and `Host` are the truth, and no library can read the
headers behind them (python-engineio believes `X-Forwarded-Host` from anybody).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal

from hubbub.composite.addresses import Networks, parse_address, peer_text
from hubbub.composite.authority import WEBSOCKET_SCHEMES, parse_authority
from hubbub.composite.scopes import DOOR_SCOPES, header
from hubbub.composite.types import ASGIApp, Receive, Scope, Send

Style = Literal["x-forwarded", "forwarded"]

MAX_HOPS = 32  # nobody chains more proxies; the rest of a longer list is not looked at

_HOP_HEADERS = frozenset({b"forwarded", b"x-real-ip", b"x-scheme", b"x-original-url", b"x-rewrite-url"})
_HOP_PREFIX = b"x-forwarded-"
_HOP_INITIALS = b"xXfF"  # looked at first, since most headers have others
# One `name=value` of RFC 7239, 4; a quoted value may hold separators.
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s",;]+)\s*(;|,|$)')


@dataclass(frozen=True, slots=True)
class Hop:
    """What one proxy said of the peer it spoke to; a word that is `None` was not said."""

    client: tuple[str, int] | None = None
    scheme: str | None = None
    host: str | None = None


class ProxiesMiddleware:
    """Replace client, scheme and host by what trusted proxies forwarded.

    The client is the rightmost hop that is not itself in `trusted`: what stands left of it could have been written
    by that client. `style` says which headers the proxies set; the other kind is never read, because a proxy
    passes on unchanged what it does not set.
    """

    def __init__(self, app: ASGIApp, *, trusted: Networks | None = None, style: Style = "x-forwarded") -> None:
        self._app = app
        self._trusted = trusted or Networks()
        self._read = _forwarded_hops if style == "forwarded" else _x_forwarded_hops

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] in DOOR_SCOPES:
            hop = self._client_hop(scope) if peer_text(scope) in self._trusted else Hop()
            scope = _rewritten(scope, hop)
        return self._app(scope, receive, send)

    def _client_hop(self, scope: Scope) -> Hop:
        chosen = Hop()
        for hop in reversed(self._read(scope)[-MAX_HOPS:]):
            if hop.client is None and chosen.client is not None:
                break  # unknown or obfuscated: the proxy that says so is the last known peer
            chosen = hop
            if hop.client is None or hop.client[0] not in self._trusted:
                break
        return chosen


def _rewritten(scope: Scope, hop: Hop) -> Scope:
    headers = [item for item in scope["headers"] if not is_forwarding_header(item[0])]
    if hop.host is not None:
        host = (b"host", hop.host.encode("ascii"))
        headers = [host, *(item for item in headers if item[0].lower() != b"host")]
    made = {**scope, "headers": headers}
    if hop.client is not None:
        made["client"] = hop.client
    if hop.scheme is not None:
        made["scheme"] = _websocket_scheme(hop.scheme) if scope["type"] == "websocket" else hop.scheme
    return made


def is_forwarding_header(name: bytes) -> bool:
    """Whether it is one by which proxies say who is behind them, or one that some application takes for that."""
    if name[:1] not in _HOP_INITIALS:
        return False
    plain = name.lower().replace(b"_", b"-")  # CGI-style environments do not tell the two apart
    return plain in _HOP_HEADERS or plain.startswith(_HOP_PREFIX)


def _websocket_scheme(scheme: str) -> str:
    return "wss" if scheme == "https" else "ws"


def _x_forwarded_hops(scope: Scope) -> list[Hop]:
    """A hop for each address of X-Forwarded-For; one hop without address if only the others are there.

    Proto and Host belong to the hop in the same place when there are as many; otherwise the last word,
    which the nearest proxy set, holds for all.
    """
    clients = _words(scope, b"x-forwarded-for")
    schemes = _words(scope, b"x-forwarded-proto")
    hosts = _words(scope, b"x-forwarded-host")
    count = max(1, len(clients))
    return [
        Hop(
            _client(clients[index]) if clients else None,
            _scheme(_at(schemes, index, count)),
            _host(_at(hosts, index, count)),
        )
        for index in range(count)
    ]


def _forwarded_hops(scope: Scope) -> list[Hop]:
    """The hops of a Forwarded header (RFC 7239); none if any part of it cannot be read."""
    text = (header(scope, b"forwarded") or b"").decode("latin-1")
    hops: list[Hop] = []
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            return []
        name, value, end = match.groups()
        pairs[name.lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        if end != ";":
            hops.append(Hop(_client(pairs.get("for", "")), _scheme(pairs.get("proto")), _host(pairs.get("host"))))
            pairs = {}
        position = match.end()
    return hops


def _words(scope: Scope, name: bytes) -> list[str]:
    joined = header(scope, name)
    return [] if joined is None else [word.strip() for word in joined.decode("latin-1").split(",")]


def _at(words: list[str], index: int, count: int) -> str | None:
    if not words:
        return None
    return words[index] if len(words) == count else words[-1]


def _client(text: str) -> tuple[str, int] | None:
    """An address with or without a port, IPv6 with or without brackets."""
    address = parse_address(text)
    if address is not None:
        return str(address), 0
    authority = parse_authority(text)
    address = parse_address(authority.host.strip("[]")) if authority else None
    return (str(address), authority.port or 0) if authority and address else None


def _scheme(text: str | None) -> str | None:
    plain = (text or "").lower()
    plain = WEBSOCKET_SCHEMES.get(plain, plain)
    return plain if plain in WEBSOCKET_SCHEMES.values() else None


def _host(text: str | None) -> str | None:
    return text if text and parse_authority(text) else None
