"""With which code a native WebSocket is closed; `docs/websocket.md` says what clients do about each.

RFC 6455, 7.4; those from 4000 on are ours.
"""

from __future__ import annotations

from hubbub.contract.errors import ErrorCode

POLICY = 1008
TOO_LARGE = 1009
INTERNAL = 1011
RESTARTING = 1012  # IANA registry of WebSocket close codes, as 1013
TRY_AGAIN = 1013
UNAUTHENTICATED = 4001
FORBIDDEN = 4003

_OF_ERRORS = {
    ErrorCode.TOO_LARGE: TOO_LARGE,
    ErrorCode.INTERNAL: INTERNAL,
    ErrorCode.RATE_LIMITED: TRY_AGAIN,
    ErrorCode.SERVER_BUSY: TRY_AGAIN,
    ErrorCode.UNAUTHENTICATED: UNAUTHENTICATED,
    ErrorCode.FORBIDDEN: FORBIDDEN,
}


def close_code(code: ErrorCode) -> int:
    """The close that goes with an error after which the connection cannot go on."""
    return _OF_ERRORS.get(code, POLICY)
