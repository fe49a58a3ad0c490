"""How a target can fail an exchange; each says whether the target may have had a part of the request."""

from __future__ import annotations


class UpstreamError(Exception):
    """The text is for the log: what happened, with which target."""

    delivered = True  # perhaps


class Unreached(UpstreamError):
    """No connection came about."""

    delivered = False


class Stale(UpstreamError):
    """A kept connection had ended before the answer began; whether with the request or before it nobody knows."""


class Broken(UpstreamError):
    """The connection, or the application, ended in the middle, or said what the protocol does not have."""


class TimedOut(UpstreamError):
    """It took longer than it may."""


class GivenUp(UpstreamError):
    """Its target was found out of order while the exchange waited for it."""
