"""Ids and secrets from given time and randomness.

Ids are ULIDs in lower case (48 bits of milliseconds, 80 of randomness, Crockford's base 32): they sort by time, which
keeps the indexes of the database compact, and hold no character that a URL must escape.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

ID_RANDOM_BYTES = 10
TOKEN_RANDOM_BYTES = 32
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_CHARS = 26
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]  # two characters at once: half the steps
_SHIFTS = range(5 * (_ID_CHARS - 2), -1, -10)


def make_id(moment: datetime, randomness: bytes) -> str:
    """A ULID of `moment`; `randomness` is `ID_RANDOM_BYTES` long."""
    number = int(moment.timestamp() * 1000) << (8 * ID_RANDOM_BYTES) | int.from_bytes(randomness, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def make_token(randomness: bytes) -> str:
    """A bearer token; `randomness` is `TOKEN_RANDOM_BYTES` long."""
    return base64.urlsafe_b64encode(randomness).rstrip(b"=").decode()


def repeated_token(password_hash: str, password: str, key: str) -> str:
    """The token that a request with this idempotency key gets, each time it is sent.

    The first answer must come again for good, yet tokens are stored hashed.  So this one is derived from what the
    client sends anew and what only the server has; the database alone does not give it away.
    """
    return make_token(hmac.digest(password_hash.encode(), f"{key}\x00{password}".encode(), hashlib.sha256))


def hash_token(token: str) -> str:
    """What is stored of a token; tokens are random, so a fast hash will do."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(text: str) -> str:
    """What is stored of a request to tell a repeat from another request under the same key."""
    return hashlib.sha256(text.encode()).hexdigest()
