"""Whether a site is there, over TLS and HTTP/2, and takes requests as large as the server itself does."""

from __future__ import annotations

import json
import ssl
import time
from ipaddress import ip_address

from hubbub.composite.body_reading import MIB, BodyLimits
from hubbub.composite.problem import CONTENT_TYPE
from hubbub.doctor.finding import Finding, failure, ok, warning
from hubbub.doctor.wire import Site, WireError, ask

DAYS = 24 * 3600.0
RENEWED_DAYS = 14  # ACME clients renew at thirty; later than this they have failed for a while
HEADER_LINES, HEADER_LINE_CHARS = 3, 4_000  # within our 16 KiB, and no line longer than what proxies take
BODY_BYTES = BodyLimits().keep_bytes + 1024  # a little more than the server keeps

SERVER = "server"
TLS = "TLS"
HTTP2 = "HTTP/2"
HEADERS = "large headers"
BODIES = "large bodies"


async def find_server(site: Site) -> Finding:
    """Whether it is Hubbub that answers."""
    try:
        async with ask(site, "/healthz") as answer:
            body = await answer.body()
    except WireError as error:
        return failure(SERVER, f"{site.origin} cannot be asked: {error}. Is it running, and is this its address?")
    if answer.status == 200 and _is_well(body):
        return ok(SERVER, f"{site.origin} answers")
    return failure(
        SERVER,
        f"/healthz of {site.origin} is answered by {answer.status}, and not as Hubbub does. "
        "Have the proxy pass every path, and look whether the server behind it runs.",
    )


async def look_at_tls(site: Site) -> list[Finding]:
    """The certificate, and whether HTTP/2 is offered."""
    if site.tls is None:
        if _is_local(site.host):
            return [ok(TLS, "not needed on this machine itself")]
        return [failure(TLS, "passwords and tokens travel readable. Serve https, and send http there.")]
    async with site.connect("h2") as (_, connection):
        tls = connection.tls
        offered = tls is not None and tls.selected_alpn_protocol() == "h2"
        left = _days_left(tls)
    valid = f"the certificate is valid for {left:.0f} days"
    return [
        ok(TLS, valid) if left > RENEWED_DAYS else warning(TLS, f"{valid}. See to it that it is renewed."),
        ok(HTTP2, "offered")
        if offered
        else warning(HTTP2, "not offered: browsers open six connections and no more. nginx: `listen 443 ssl http2`."),
    ]


async def send_large_headers(site: Site) -> Finding:
    """Cookies and tokens of other services on the same domain come along."""
    headers = [(f"X-Doctor-{number}", "x" * HEADER_LINE_CHARS) for number in range(HEADER_LINES)]
    size = f"{HEADER_LINES * HEADER_LINE_CHARS // 1000} KB of headers"
    try:
        async with ask(site, "/healthz", headers=headers) as answer:
            status: object = answer.status
    except WireError as error:
        status = error
    if status == 200:
        return ok(HEADERS, f"{size} get through")
    return warning(
        HEADERS, f"{size} are refused ({status}); the server takes 16. nginx: `large_client_header_buffers 4 16k`."
    )


async def send_a_large_body(site: Site) -> Finding:
    """What is too large must be refused by the server, whose error says so, and not by a page of the proxy's."""
    headers = [("Content-Type", "application/json")]
    try:
        async with ask(site, "/api/v1/sessions", method="POST", headers=headers, body=b" " * BODY_BYTES) as answer:
            ours = answer.headers.get("content-type") == CONTENT_TYPE.decode()
            status: object = answer.status
    except WireError as error:
        ours, status = False, error
    if ours and status == 413:
        return ok(BODIES, "what is too large is refused by the server itself")
    return warning(
        BODIES,
        f"a body of {BODY_BYTES / MIB:.1f} MiB is not refused by the server but before it ({status}), so that people "
        "do not see its error. nginx: `client_max_body_size 9m`.",
    )


def _is_well(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == {"status": "ok"})
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _days_left(tls: ssl.SSLObject | None) -> float:
    certificate = tls.getpeercert() if tls is not None else None
    until = str((certificate or {}).get("notAfter", "Jan  1 00:00:00 1970 GMT"))
    return (ssl.cert_time_to_seconds(until) - time.time()) / DAYS
