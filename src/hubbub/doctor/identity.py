"""Who the server takes itself and its clients for: what a proxy passes on of them, and what it must not."""

from __future__ import annotations

import re
import secrets

from hubbub.doctor.finding import Finding, failure, ok, warning
from hubbub.doctor.wire import Answer, Headers, Site, WireError, ask

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"  # where every page has to come from the site itself
FORGED_HOST = "forged.invalid"  # RFC 2606, 2
# As `composite.request_id` makes them; those of proxies are longer, or of other characters.
_OUR_ID = re.compile(r"[A-Za-z0-9_-]{20}")
_OURSELVES = "hypercorn"  # not every server of ours leaves the header out

ORIGIN = "origin"
PROXY = "trusted proxy"
FORGERY = "forged host"


async def come_from_the_site(site: Site) -> Finding:
    """Whether pages of the site may open a socket."""
    status = await _status(site, HANDSHAKE, [("Origin", site.origin)])
    if status == 200:
        return ok(ORIGIN, f"pages of {site.origin} may connect")
    if status == 403:
        return failure(
            ORIGIN,
            f"the server does not take itself for {site.origin}, and refuses its own pages. Have the proxy pass Host "
            "and X-Forwarded-Proto, and set HUBBUB_TRUSTED_PROXIES to its address.",
        )
    return failure(ORIGIN, f"a handshake at {HANDSHAKE} is answered by {status}. Have the proxy pass this path.")


async def be_seen_behind_the_proxy(site: Site) -> Finding:
    """Whether what a proxy says of its clients is believed; told by a request id, which goes the same way."""
    ours = f"doctor-{secrets.token_hex(8)}"
    try:
        async with ask(site, "/healthz", headers=[("X-Request-ID", ours)]) as answer:
            proxy, given = _proxy(answer), answer.headers.get("x-request-id", "")
    except WireError as error:
        return failure(PROXY, f"the server cannot be asked: {error}. Try again.")
    if proxy is None:
        return ok(PROXY, "none shows itself")
    if given and (given == ours or not _OUR_ID.fullmatch(given)):
        return ok(PROXY, f"{proxy} is believed")
    return failure(
        PROXY,
        f"{proxy} is not believed: every client has its address, so that all share one rate limit. "
        "Set HUBBUB_TRUSTED_PROXIES to the address from which it connects, and have it pass X-Request-ID.",
    )


async def forge_the_host(site: Site) -> Finding:
    """Whether a client can say what the site is called."""
    forged = [("X-Forwarded-Host", FORGED_HOST), ("Origin", f"{site.scheme}://{FORGED_HOST}")]
    if await _status(site, HANDSHAKE, forged) == 403:
        return ok(FORGERY, "what clients say of the site is not believed")
    return warning(
        FORGERY,
        "an X-Forwarded-Host of a client is believed. Have the proxy set that header itself, "
        "nginx: `proxy_set_header X-Forwarded-Host $http_host`; or ask from a machine that is no trusted proxy.",
    )


async def _status(site: Site, path: str, headers: Headers) -> int | str:
    try:
        async with ask(site, path, headers=headers) as answer:
            return answer.status
    except WireError as error:
        return str(error)


def _proxy(answer: Answer) -> str | None:
    """What stands in between and says so."""
    named = answer.headers.get("via") or answer.headers.get("server")
    return None if named is None or named.startswith(_OURSELVES) else named
