"""Where a request carries its token: the Authorization header, or else the session cookie.

Whether a request that carries the cookie comes from our own page is the door's to say (`composite.origin`).
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from hubbub.composite.scopes import cookie_header, header
from hubbub.composite.types import Scope
from hubbub.contract.addresses import SESSION_COOKIE
from hubbub.contract.errors import ErrorCode, HubbubError

__all__ = ["SESSION_COOKIE", "token_of"]

_SCHEME = "bearer"


def token_of(scope: Scope) -> str | None:
    """The token a request brings, None without one.

    Raises:
        HubbubError: `unauthenticated` for an Authorization header of another scheme (RFC 6750, 2.1).
    """
    given = header(scope, b"authorization")
    if given is None:
        return _cookie(scope)
    scheme, _, token = given.decode("latin-1").partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        raise HubbubError(ErrorCode.UNAUTHENTICATED, "The Authorization header must read: Bearer TOKEN.")
    return token.strip()


def _cookie(scope: Scope) -> str | None:
    try:
        morsel = SimpleCookie(cookie_header(scope)).get(SESSION_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel and morsel.value else None
