"""Hypercorn's HTTP/1.1 without the way to HTTP/2 that RFC 9113 has given up; one of the fences around it.

Read in Hypercorn 0.18.0, `protocol/h11.py`: it takes every `Upgrade: h2c`, falls over settings in it that cannot be,
and with a proxy in front that passes the header on, a client would speak past that proxy's rules.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from hubbub.composite.hypercorn_http2 import KNOWN_VERSIONS

try:
    if version("hypercorn") not in KNOWN_VERSIONS:
        raise ImportError
    import h11
    import hypercorn.protocol
    from hypercorn.protocol.h11 import H11Protocol
except (ImportError, PackageNotFoundError):
    KNOWN = False
else:
    KNOWN = True


def mend_http1() -> None:
    """Have every HTTP/1.1 connection of this process, from now on, be a `MendedH11Protocol`; twice is as good as once.

    Behind another server, or an unknown version of Hypercorn, it changes nothing. `mend_http2` says so in the log.
    """
    if KNOWN:
        hypercorn.protocol.H11Protocol = MendedH11Protocol  # type: ignore[attr-defined]


if KNOWN:

    class MendedH11Protocol(H11Protocol):
        """One HTTP/1.1 connection; it may still begin by the preface of HTTP/2 (RFC 9113, 3.3)."""

        async def _check_protocol(self, event: h11.Request) -> None:
            """Answer by HTTP/1.1 whoever asks for h2c, as a server may (RFC 9110, 7.8)."""
            upgrades = (value for name, value in event.headers if name.lower() == b"upgrade")
            if all(value.strip().lower() != b"h2c" for value in upgrades):
                await super()._check_protocol(event)
