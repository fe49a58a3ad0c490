"""What of a request goes on to an upstream, and what of its answer comes back (RFC 9110, 7.6); sends nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from hubbub.composite.addresses import parse_address, peer_text
from hubbub.composite.authority import WEBSOCKET_SCHEMES
from hubbub.composite.problem import Problem
from hubbub.composite.proxies import is_forwarding_header
from hubbub.composite.request_id import HEADER as REQUEST_ID
from hubbub.composite.request_id import NO_REQUEST, request_id_of
from hubbub.composite.scopes import header, header_values
from hubbub.composite.types import Scope

HeaderList = list[tuple[bytes, bytes]]

PSEUDONYM = b"balancer"  # in Via, where a name of the machine would tell strangers about it (RFC 9110, 7.6.3)

# RFC 9110, 7.6.1, with the two of proxy authentication, and Trailer, since trailers are dropped (6.5.1).
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# The server in front has answered it by the time that the body is read (RFC 9110, 10.1.1).
_MET = frozenset({b"expect", b"content-length", b"host", REQUEST_ID})
# The server in front says both of itself; nginx does not pass them on either.
_OF_THE_SERVER = frozenset({b"date", b"server"})
_OF_A_HANDSHAKE = b"sec-websocket-"  # key, version and extensions are of one connection; subprotocols are in the scope
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})  # a length is expected even of an empty one (RFC 9110, 8.6)


class RequestHead(NamedTuple):
    """A request as it goes to an upstream, but for what frames its body."""

    method: str
    target: bytes
    host: bytes
    headers: HeaderList


def request_head(scope: Scope) -> RequestHead:
    """The head for an upstream.

    Raises:
        Problem: 400 or 405, for targets and methods that mean something to proxies only.
    """
    method = scope.get("method", "GET")
    if method == "CONNECT":
        raise Problem(405, "method_not_allowed", "CONNECT asks for a tunnel, which there is not.")
    host = header(scope, b"host") or b""
    headers = [
        (name.lower(), value)
        for name, value in scope["headers"]
        if not is_forwarding_header(name) and name.lower() not in _MET and not name.lower().startswith(_OF_A_HANDSHAKE)
    ]
    headers = [*_end_to_end(headers), *_forwarded(scope, host), _via(scope.get("http_version", "1.1"))]
    identity = request_id_of(scope)
    if identity != NO_REQUEST:
        headers.append((REQUEST_ID, identity.encode("ascii", "replace")))
    return RequestHead(method, _target(scope), host, headers)


def body_framing(scope: Scope, first: bytes, *, complete: bool) -> HeaderList:
    """How the upstream knows where the body ends, from its first piece and whether that is all of it.

    Raises:
        Problem: 400, where the length is not one number.
    """
    announced = header_values(scope, b"content-length")
    if announced:
        if len(set(announced)) > 1 or not announced[0].isdigit():
            raise Problem(400, "invalid_request", "Content-Length is not one number.")
        return [(b"content-length", announced[0])]
    if not complete:
        return [(b"transfer-encoding", b"chunked")]
    return [(b"content-length", b"%d" % len(first))] if first or scope["method"] in _WITH_BODY else []


def response_headers(headers: Iterable[tuple[bytes, bytes]], http_version: bytes = b"1.1") -> HeaderList:
    """The headers of an upstream's answer as they go on to the client."""
    lowered = [(bytes(name).lower(), bytes(value)) for name, value in headers]
    kept = [item for item in _end_to_end(lowered) if item[0] not in _OF_THE_SERVER]
    return [*kept, _via(http_version.decode("ascii"))]


def _end_to_end(headers: HeaderList) -> HeaderList:
    named = {
        word.strip().lower() for name, value in headers if name == b"connection" for word in value.split(b",")
    } | _HOP_BY_HOP
    return [item for item in headers if item[0] not in named]


def _forwarded(scope: Scope, host: bytes) -> HeaderList:
    """Who the client is, in both ways of saying so (RFC 7239, and what came before it).

    What the request said of that is gone: a `ProxiesMiddleware` in front has taken the truth out of it.
    """
    address = parse_address(peer_text(scope))
    scheme = WEBSOCKET_SCHEMES.get(str(scope["scheme"]), str(scope["scheme"])).encode("ascii")
    quoted_host = host.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    node = "unknown" if address is None else f'"[{address}]"' if address.version == 6 else str(address)
    headers = [
        (b"forwarded", b'for=%b;proto=%b;host="%b"' % (node.encode("ascii"), scheme, quoted_host)),
        (b"x-forwarded-proto", scheme),
        (b"x-forwarded-host", host),
    ]
    if address is not None:
        headers.append((b"x-forwarded-for", str(address).encode("ascii")))
    return headers


def _via(http_version: str) -> tuple[bytes, bytes]:
    return (b"via", b"%b %b" % (http_version.encode("ascii"), PSEUDONYM))


def _target(scope: Scope) -> bytes:
    raw = scope.get("raw_path")
    path = bytes(raw) if raw is not None else quote(scope["path"], safe="/:@!$&'()*+,;=~-._").encode("ascii")
    if not path.startswith(b"/") and path != b"*":
        # A target with a host of its own goes before `Host` (RFC 9112, 3.2.2): it would not be the host we checked.
        raise Problem(400, "invalid_request", "The target of the request is neither a path nor an asterisk.")
    query = scope.get("query_string", b"")
    return path + b"?" + query if query else path
