"""HTTP/3 in Hypercorn's place, where `quic_bind` asks for it; one of the fences around Hypercorn.

Read in Hypercorn 0.18.0, `asyncio/udp_server.py`, `protocol/quic.py`, `protocol/h3.py`, and aioquic 1.7. There, data
for an answered request, trailers, or a path that is not ASCII end HTTP/3 for everybody; nobody hears of a client that
vanishes; what a client does not take is kept without bound; an application that does not read stops all connections.
On versions that are not known Hypercorn's own is left in place.
"""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hubbub.composite.hypercorn_http2 import KNOWN_VERSIONS

KNOWN_AIOQUIC = "1.7."

logger = logging.getLogger(__name__)


class Http3Unavailable(Exception):
    """HTTP/3 was asked for and cannot be served; says what to do."""


def take_quic(config: Any) -> None:
    """Have what `config.quic_bind` names served by `composite.http3`; before Hypercorn makes its sockets.

    Raises:
        Http3Unavailable: when aioquic is not installed, without TLS, or with more than one worker.
    """
    if not config.quic_bind:
        return
    aioquic = _aioquic_version()
    if aioquic is None:
        raise Http3Unavailable("quic_bind needs aioquic, the extra h3: pip install 'hubbub[h3]'")
    if not config.ssl_enabled:
        raise Http3Unavailable("quic_bind needs certfile and keyfile: HTTP/3 is always encrypted")
    if config.workers > 1:
        # The kernel hands the datagrams of one connection to whichever worker is quicker.
        raise Http3Unavailable("quic_bind works with one worker; leave it out, or set workers to 1")
    if version("hypercorn") not in KNOWN_VERSIONS or not aioquic.startswith(KNOWN_AIOQUIC):
        logger.warning("aioquic %s or this Hypercorn is not known: HTTP/3 is left as Hypercorn has it", aioquic)
        return
    import hypercorn.asyncio.run as worker

    from hubbub.composite.http3.endpoint import Endpoint

    # It says three lines of every connection, and one of each fault of a client's.
    logging.getLogger("quic").setLevel(logging.ERROR)
    worker.UDPServer = Endpoint  # type: ignore[assignment, attr-defined]  # what `worker_serve` makes for each QUIC socket


def alternative_services(config: Any) -> bytes | None:
    """Take over what Hypercorn says in `alt-svc` (RFC 7838), None for nothing.

    `Config.response_headers` puts it on every answer, on those without TLS as well. Called when the sockets are bound.
    """
    named = list(config.alt_svc_headers) or [f'h3=":{address[1]}"; ma=3600' for address in config._quic_addresses]
    config.alt_svc_headers, config._quic_addresses = [], []
    return ", ".join(named).encode() or None


def _aioquic_version() -> str | None:
    try:
        return version("aioquic")
    except PackageNotFoundError:
        return None
